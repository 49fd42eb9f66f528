import { errorOf, errorText } from '../../../protocol/errors/error-shape.js';
import { isJsonObject } from '../../../protocol/json.js';
import { redirectTarget } from '../../../upstream/failure/redirect-target.js';
import { retryAfterMs } from '../../../upstream/failure/retry-after.js';
import { type SecretRedactor } from '../../../upstream/secret-redactor.js';
import { type LoginErrorDetails } from '../login-error.js';
import { type LoginStep } from './login-plan.js';
import { type LoginReply, viewOf } from './login-exchange.js';
import { kindOfResult, type LoginScope } from './login-scope.js';

const MAX_MESSAGE_LENGTH = 300;
/** Where services put messages; those of OAuth come before its error code (RFC 6749, 5.2). */
const USUAL_PLACES = ['message', 'msg', 'error_description', 'error', 'detail'];
/** Request Timeout and Too Many Requests: they say nothing about the password. */
const PUT_OFF: ReadonlySet<number> = new Set([408, 429]);
/** Where services that always respond with HTTP 200 put the actual status. */
const STATUS_FIELDS = ['code', 'status', 'statusCode', 'errcode'];

/**
 * Decides whether a step succeeded: by its `success` expression, or by its status.
 * @throws LoginError when it did not
 */
export async function judgeReply(
  step: Pick<LoginStep, 'success' | 'message'>,
  reply: LoginReply,
  scope: LoginScope,
  redactor: SecretRedactor,
): Promise<void> {
  const { status } = reply;
  if (status >= 500) {
    throw scope.error(`The login service failed (HTTP ${status})`, {
      isRefused: false,
      retryAfterMs: retryAfterMs(reply.headers, Date.now()),
      upstreamStatus: status,
    });
  }
  if (step.success === undefined ? status < 300 : await isSuccess(step.success, reply, scope)) return;
  const reason = await reasonOf(step.message, reply, scope, redactor);
  throw scope.error(`The login was ${isPutOff(reply) ? 'put off' : 'refused'} (HTTP ${status})`, {
    ...verdictOn(reply),
    reason: reason ?? redirectOf(reply, scope, redactor),
  });
}

/** What a response without a token implies for the password and the next attempt. */
export function verdictOn(reply: LoginReply): LoginErrorDetails {
  return {
    isRefused: !isPutOff(reply),
    isPutOff: isPutOff(reply),
    retryAfterMs: retryAfterMs(reply.headers, Date.now()),
    upstreamStatus: reply.status,
  };
}

function isPutOff({ status, body }: LoginReply): boolean {
  if (PUT_OFF.has(status)) return true;
  if (status >= 300 || !isJsonObject(body)) return false;
  return STATUS_FIELDS.some((name) => PUT_OFF.has(Number(body[name])));
}

function redirectOf(
  { status, headers }: LoginReply,
  scope: LoginScope,
  redactor: SecretRedactor,
): string | undefined {
  const { location } = headers;
  if (status < 300 || status >= 400 || location === undefined) return undefined;
  const target = redirectTarget(redactor.redact(location, { credentials: scope.secrets }));
  const to = target === undefined ? '' : ` to ${target}`;
  return `it responds with a redirect${to}, which is not followed`;
}

async function isSuccess(
  success: NonNullable<LoginStep['success']>,
  reply: LoginReply,
  scope: LoginScope,
): Promise<boolean> {
  const input = viewOf(reply);
  const verdict = await scope.evaluate('success', success, input);
  if (typeof verdict === 'boolean' || verdict === undefined) return verdict === true;
  const problem = `${kindOfResult(verdict)}; expected true or false`;
  throw scope.expressionError('success', success, input, problem, { upstreamStatus: reply.status });
}

/** The service's reason, if it gave one; secrets removed. */
export async function reasonOf(
  message: LoginStep['message'],
  reply: LoginReply,
  scope: LoginScope,
  redactor: SecretRedactor,
): Promise<string | undefined> {
  const words =
    message === undefined ? usualWords(reply) : await scope.evaluate('message', message, viewOf(reply));
  if (typeof words !== 'string' || words === '') return undefined;
  return redactor
    .redact(words, { credentials: scope.secrets })
    .slice(0, MAX_MESSAGE_LENGTH)
    .replace(/[.\s]+$/, '');
}

/** Never uses the whole body, which may be a token in an unknown format. */
function usualWords({ body }: LoginReply): unknown {
  if (typeof body === 'string') return body.trimStart().startsWith('<') ? titleOf(body) : undefined;
  const object = isJsonObject(body) ? body : {};
  const words = USUAL_PLACES.map((name) => object[name]).find(
    (value) => typeof value === 'string' && value !== '',
  );
  if (words !== undefined) return words;
  const found = errorOf(body, true);
  return isJsonObject(found) ? found['message'] : found;
}

/** A page without a title has no short message. */
function titleOf(page: string): string | undefined {
  const text = errorText(page);
  return text.startsWith('<') ? undefined : text;
}
