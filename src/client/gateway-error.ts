/** Code of an error that the gateway did not send. */
export type ClientErrorCode =
  'network_error' | 'invalid_response' | 'stream_interrupted' | 'invalid_option' | (string & {});

export interface LlmGatewayErrorDetails {
  readonly status?: number;
  readonly code?: ClientErrorCode | null;
  readonly type?: string | null;
  readonly param?: string | null;
  readonly requestId?: string | null;
  readonly cause?: unknown;
}

/**
 * A failed call: the gateway's error object, or an error that this library reports: `network_error`
 * (no response), `invalid_response` (not a gateway's response), `stream_interrupted` (the stream
 * ended before `[DONE]`), `invalid_option` (an option has an invalid value).
 */
export class LlmGatewayError extends Error {
  override readonly name = 'LlmGatewayError';
  /** HTTP status; 0 if there was no response. */
  readonly status: number;
  readonly code: ClientErrorCode | null;
  readonly type: string | null;
  /** The invalid field, if any. */
  readonly param: string | null;
  /** The response's `x-request-id`, to quote in a report to the gateway's operator. */
  readonly requestId: string | null;

  constructor(message: string, details: LlmGatewayErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status ?? 0;
    this.code = details.code ?? null;
    this.type = details.type ?? null;
    this.param = details.param ?? null;
    this.requestId = details.requestId ?? null;
  }
}

const MAX_MESSAGE_CHARACTERS = 300;

/** Statuses with which other servers respond to an unknown path. */
const UNKNOWN_PATH = [404, 405];

/**
 * Turns a response body into an error: `{"error":{…}}`, or any other body, such as that of a proxy.
 */
export function errorFromBody(
  body: string,
  { status, url }: Pick<Response, 'status' | 'url'>,
  requestId: string | null,
): LlmGatewayError {
  const error = errorObjectOf(parsed(body));
  if (error === undefined) {
    const text = body.trim().slice(0, MAX_MESSAGE_CHARACTERS);
    const said = `The gateway returned ${status}${text === '' ? '' : `: ${text}`}`;
    const hint = UNKNOWN_PATH.includes(status) ? ` (${url}; is base_url the address of a gateway?)` : '';
    return new LlmGatewayError(said + hint, {
      status,
      code: 'invalid_response',
      requestId,
    });
  }
  return errorFromObject(error, status, requestId);
}

/** Turns an error object, from a body or a stream, into an error. */
export function errorFromObject(
  error: Readonly<Record<string, unknown>>,
  status: number,
  requestId: string | null,
): LlmGatewayError {
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return new LlmGatewayError(text(error.message) ?? `The gateway returned ${status}`, {
    status,
    code: text(error.code),
    type: text(error.type),
    param: text(error.param),
    requestId,
  });
}

/** The `error` of a response or of a chunk, if any. */
export function errorObjectOf(body: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isObject(body) || body.error === undefined || body.error === null) return undefined;
  return isObject(body.error)
    ? body.error
    : { message: typeof body.error === 'string' ? body.error : JSON.stringify(body.error) };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
