import { type Cancellation } from '../../calls/cancellation.js';
import { type CallRecord } from '../../calls/call-record.js';
import { type Model } from '../model.js';
import { type SendingServices } from '../../credentials/credentialed-call.js';
import { TRIED_DIALECTS, type TriedDialect } from '../../dialects/trial.js';
import { type TrialReply } from '../../dialects/ports/dialect.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { isJsonObject, parseJson } from '../../protocol/json.js';
import { CHAT, type Operation } from '../../protocol/operation.js';
import { mediaType } from '../../upstream/response/response-headers.js';
import { canServeSomewhere } from '../can-serve.js';
import { type Deployment } from '../deployment/deployment.js';
import { listModels } from '../deployment/list-models.js';
import { type RoutedAnswer } from '../response/routed-answer.js';

/** Statuses of services without a list of models. */
const WITHOUT_LIST: ReadonlySet<number | undefined> = new Set([404, 405, 501]);

/** The wire format in which a model can be tested; undefined if none of its calls is cheap. */
export function trialOf(model: Model): TriedDialect | undefined {
  return TRIED_DIALECTS.find((dialect) => canServeSomewhere(model, { dialect }));
}

/** The operation of a model, according to the first of its wire formats. */
export function operationOf({ deployments }: Model): Operation {
  return deployments[0].upstream.dialects[0]?.operation ?? CHAT;
}

/**
 * A summary of the reply to a trial, which is read to its end.
 * @throws GatewayError
 */
export async function readTrial({
  whole,
  bytes,
  stream,
  headers,
  limits,
}: RoutedAnswer): Promise<TrialReply> {
  const contentType = mediaType(headers['content-type']);
  if (whole !== undefined) return { whole, byteCount: whole.bytes.length, contentType };
  const body = await (bytes ?? stream)!.readAll(limits.answer);
  return { whole: undefined, byteCount: body.length, contentType };
}

/**
 * Tests a model that supports no cheap call: requests the list of models from its service. One
 * deployment that responds suffices.
 * @returns a summary for people
 * @throws GatewayError
 */
export async function reach(
  services: SendingServices,
  model: Model,
  record: CallRecord,
  cancellation: Cancellation,
): Promise<string> {
  let failure: unknown;
  for (const deployment of model.deployments) {
    record.attempt(model.name, deployment.name, failure === undefined ? 'first' : 'failover');
    record.attempts++;
    try {
      return `not called: its service ${await listed(services, deployment, cancellation)}`;
    } catch (error) {
      if (cancellation.reason !== undefined) throw cancellation.reason;
      record.endAttempt(error instanceof GatewayError ? error : undefined);
      failure ??= error;
    }
  }
  throw failure;
}

async function listed(
  services: SendingServices,
  deployment: Deployment,
  cancellation: Cancellation,
): Promise<string> {
  const { model_name: name } = deployment.config;
  let body: Buffer;
  try {
    body = await listModels(services, deployment, cancellation);
  } catch (error) {
    if (error instanceof UpstreamError && WITHOUT_LIST.has(error.upstreamStatus))
      return 'responds, without a list of models';
    throw error;
  }
  const list = parseJson(body.toString());
  const models = isJsonObject(list) ? (list['data'] ?? list['models']) : undefined;
  if (!Array.isArray(models)) return 'responds';
  const isListed = models.some((each) => isJsonObject(each) && (each['id'] ?? each['name']) === name);
  return `${isListed ? 'lists' : 'does not list'} '${name}'`;
}
