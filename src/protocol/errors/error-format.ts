import { type GatewayError } from '../../errors/gateway-error.js';
import { type FailureReason, UpstreamError, UpstreamRejectedError } from '../../errors/upstream-errors.js';

/**
 * The type and code, by meaning, that services in OpenAI's format use for errors inside a stream.
 */
const MEANINGS: Readonly<Partial<Record<FailureReason, Pick<OpenAiError, 'type' | 'code'>>>> = {
  context_length: { type: 'invalid_request_error', code: 'context_length_exceeded' },
  rate_limit: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  quota: { type: 'insufficient_quota', code: 'insufficient_quota' },
};

/** How one wire format reports failures of the gateway. */
export interface ErrorFormat {
  /**
   * The JSON body of an error response.
   * @param requestId for formats whose errors contain it
   */
  body(error: GatewayError, requestId?: string): object;
  /**
   * The format's own status, if it differs from the usual one.
   * @param status the usual one
   */
  status?(error: GatewayError, status: number): number;
}

/** A failure in OpenAI's format; all four keys are always present. */
export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  readonly [extra: string]: unknown;
}

/** The error format of OpenAI, and of routes that belong to no wire format. */
export const OPENAI_ERRORS = {
  body: (error: GatewayError): { error: OpenAiError } => ({ error: openAiError(error) }),
} satisfies ErrorFormat;

/** Wire format: https://platform.openai.com/docs/guides/error-codes */
export function openAiError(error: GatewayError): OpenAiError {
  const { message, type, param, code } = error;
  const own = { message, type, param, code };
  if (error instanceof UpstreamError) {
    const said = error.upstreamError;
    const field = said?.['param'];
    return { ...said, ...own, param: typeof field === 'string' ? field : null };
  }
  // The service's object, with the types of its values unchanged; only missing keys become null.
  if (error instanceof UpstreamRejectedError) return { ...own, ...error.upstreamError, message };
  return own;
}

/**
 * A failure inside a stream, where there is no status, in OpenAI's format. An error that the
 * service reported there keeps its code, by which clients decide whether to shorten the
 * conversation, to wait, or to give up.
 */
export function openAiStreamError(error: GatewayError): OpenAiError {
  const said = openAiError(error);
  return isReported(error) ? { ...said, ...(error.reason && MEANINGS[error.reason]) } : said;
}

/**
 * Whether the service reported the failure under HTTP 200, so that the failure has no status of its
 * own, and its code is only `upstream_error`.
 */
export function isReported(error: GatewayError): error is UpstreamError {
  return (
    error instanceof UpstreamError && error.upstreamStatus === undefined && error.code === 'upstream_error'
  );
}
