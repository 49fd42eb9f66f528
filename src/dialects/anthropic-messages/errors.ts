import { type GatewayError } from '../../errors/gateway-error.js';
import { type FailureReason, UpstreamError, UpstreamRejectedError } from '../../errors/upstream-errors.js';
import { type ErrorFormat, isReported } from '../../protocol/errors/error-format.js';
import { type JsonObject, isJsonObject } from '../../protocol/json.js';
import { ThreadUnsupportedError } from './request/stateful.js';

/** Types by HTTP status; SDKs choose their error classes by them. */
const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  409: 'conflict_error',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};
const KNOWN_TYPES: ReadonlySet<unknown> = new Set([
  ...Object.values(TYPES),
  'invalid_request_error',
  'request_too_large',
  'api_error',
]);
/** Types by the reason of a failure, for failures without a status. */
const MEANINGS: Readonly<Partial<Record<FailureReason, string>>> = {
  context_length: 'invalid_request_error',
  rate_limit: 'rate_limit_error',
  quota: 'billing_error',
};
/** Types and codes with which services report that they are overloaded. */
const OVERLOADED: ReadonlySet<unknown> = new Set([
  503,
  529,
  'overloaded',
  'overloaded_error',
  'server_is_overloaded',
  'slow_down',
  'UNAVAILABLE',
]);
/** Claude Code recognises this text and then compacts the conversation. */
const TOO_LONG = 'prompt is too long';

/** Failures in Anthropic's format: https://platform.claude.com/docs/en/api/errors */
export const MESSAGES_ERRORS = {
  body: (error: GatewayError, requestId?: string): JsonObject => ({
    type: 'error',
    error: messagesError(error),
    request_id: requestId ?? null,
  }),

  /**
   * The format's own status for an overloaded service, for which SDKs have a class.
   * @param status the status otherwise
   */
  status: (error: GatewayError, status: number): number =>
    status === 503 && typeOf(error) === 'overloaded_error' ? 529 : status,
} satisfies ErrorFormat & Record<string, unknown>;

/** The `error` object: `type`, `message`, and the gateway's code in `details.error_code`. */
export function messagesError(error: GatewayError): JsonObject {
  const details = detailsOf(error);
  return {
    type: typeOf(error),
    message: messageOf(error),
    ...(Object.keys(details).length > 0 && { details }),
  };
}

function messageOf(error: GatewayError): string {
  const { message } = error;
  const isTooLong =
    (error instanceof UpstreamRejectedError || isReported(error)) && error.reason === 'context_length';
  return isTooLong && !message.includes(TOO_LONG) ? `${TOO_LONG}: ${message}` : message;
}

function typeOf(error: GatewayError): string {
  if (error instanceof UpstreamError) {
    const { code, upstreamStatus } = error;
    if (code.endsWith('_timeout')) return 'timeout_error';
    if (isReported(error)) return reportedType(error);
    const isOverloaded = code === 'circuit_open' || upstreamStatus === 503 || upstreamStatus === 529;
    return isOverloaded ? 'overloaded_error' : 'api_error';
  }
  if (error instanceof UpstreamRejectedError && KNOWN_TYPES.has(error.upstreamError['type']))
    return error.upstreamError['type'] as string;
  return TYPES[error.status] ?? (error.status >= 500 ? 'api_error' : 'invalid_request_error');
}

/**
 * The type of an error that was reported under an unspecific status. Inside a stream, clients see
 * only the type.
 */
function reportedType({ reason, upstreamError = {} }: UpstreamError): string {
  if (reason !== undefined && MEANINGS[reason] !== undefined) return MEANINGS[reason];
  const { type, code, status } = upstreamError;
  return [type, code, status].some((word) => OVERLOADED.has(word)) ? 'overloaded_error' : 'api_error';
}

/** Keeps the details that a service of this format reports, such as `error_code`. */
function detailsOf(error: GatewayError): JsonObject {
  if (error instanceof ThreadUnsupportedError)
    return { error_code: 'thread_unsupported_request', unsupported: ['thread'] };
  const said =
    error instanceof UpstreamRejectedError || error instanceof UpstreamError
      ? error.upstreamError?.['details']
      : undefined;
  return {
    ...(error.code !== null && { error_code: error.code }),
    ...(error.param !== null && { param: error.param }),
    ...(isJsonObject(said) && said),
  };
}
