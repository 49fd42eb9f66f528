import { type JsonObject, parseObject } from '../chat/chat-request.js';
import { type FaultTarget } from '../faults/faults.js';
import { type IntendedAnswer } from '../response/intended-answer.js';
import { RequestProblem } from '../request-problem.js';

/** A request for something other than a chat. */
export interface OperationRequest {
  readonly body: Buffer;
  readonly contentType: string | undefined;
  /** Without the query. */
  readonly path: string;
  /** `http://HOST:PORT` of the sandbox, as the client addressed it. */
  readonly origin: string;
  /** Pause between two events of a stream, and between two pieces of audio. */
  readonly chunkDelayMs: number;
}

export interface OperationReply {
  readonly model: string;
  readonly intended: IntendedAnswer;
}

/** An operation of the sandbox other than chat, at one address. */
export interface SandboxOperation {
  readonly target: FaultTarget;
  /** @throws RequestProblem if the service would refuse the request */
  reply(request: OperationRequest): OperationReply | Promise<OperationReply>;
}

/**
 * A request's JSON, and the model that it names.
 * @throws RequestProblem
 */
export function readJson({ body }: OperationRequest): {
  readonly fields: JsonObject;
  readonly model: string;
} {
  const fields = parseObject(body);
  return { fields, model: modelOf(fields.model) };
}

/** @throws RequestProblem */
export function modelOf(model: unknown): string {
  if (typeof model === 'string' && model !== '') return model;
  throw missing('model', 'you must provide a model parameter');
}

export function missing(param: string, message = `Missing required parameter: '${param}'.`): RequestProblem {
  return new RequestProblem(400, message, 'missing_required_parameter', param);
}

export function invalid(param: string, expected: string): RequestProblem {
  const message = `Invalid value for '${param}': expected ${expected}.`;
  return new RequestProblem(400, message, 'invalid_value', param);
}

/**
 * A whole number within bounds, or the default if absent.
 * @throws RequestProblem
 */
export function readCount(value: unknown, param: string, usual: number, most: number): number {
  if (value === undefined || value === null || value === '') return usual;
  const count = typeof value === 'string' ? Number(value) : value;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw invalid(param, `a whole number from 1 to ${most}`);
}

/**
 * One of the allowed texts.
 * @throws RequestProblem
 */
export function readChoice<Choice extends string>(
  value: unknown,
  param: string,
  choices: readonly Choice[],
): Choice {
  if (value === undefined || value === null || value === '') return choices[0]!;
  const choice = choices.find((each) => each === value);
  if (choice === undefined) throw invalid(param, `one of ${choices.join(', ')}`);
  return choice;
}

let repliesSoFar = 0;

/** @param prefix such as `cmpl` */
export function nextId(prefix: string): string {
  repliesSoFar += 1;
  return `${prefix}-sandbox-${repliesSoFar.toString(36)}`;
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
