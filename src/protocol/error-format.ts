import { type GatewayError } from '../errors/gateway-error.js';
import { UpstreamError, UpstreamRejectedError } from '../errors/upstream-errors.js';

/** How one wire format words a failure of the gateway. */
export interface ErrorFormat {
  /**
   * The JSON body of a response that is nothing but this failure.
   * @param requestId for formats that name the request in it
   */
  body(error: GatewayError, requestId?: string): object;
  /** The format's own status, where it is not the usual one. @param status the usual one */
  status?(error: GatewayError, status: number): number;
}

/** A failure in OpenAI's words: all four keys are always present. */
export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  readonly [extra: string]: unknown;
}

/** OpenAI's, also for whatever belongs to no other format. */
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
  // The service's object, with whatever type its values have; only missing keys become null.
  if (error instanceof UpstreamRejectedError) return { ...own, ...error.upstreamError, message };
  return own;
}
