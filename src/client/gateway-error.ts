/** Where an error came from, when the gateway did not send it. */
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
 * A call that failed: the gateway's own error object, or one of the client's: `network_error` (nobody answered),
 * `invalid_response` (no answer of a gateway's), `stream_interrupted` (the end came before `[DONE]`).
 */
export class LlmGatewayError extends Error {
  override readonly name = 'LlmGatewayError';
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly code: ClientErrorCode | null;
  readonly type: string | null;
  /** The field that is wrong, when one is. */
  readonly param: string | null;
  /** The answer's `x-request-id`, to be quoted to whoever runs the gateway. */
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

/** Turns an answer's body into an error: `{"error":{…}}`, or whatever else a proxy on the way has sent. */
export function errorFromBody(body: string, status: number, requestId: string | null): LlmGatewayError {
  const error = errorObjectOf(parsed(body));
  if (error === undefined) {
    const text = body.trim().slice(0, MAX_MESSAGE_CHARACTERS);
    return new LlmGatewayError(`The gateway answered ${status}${text === '' ? '' : `: ${text}`}`, {
      status,
      code: 'invalid_response',
      requestId,
    });
  }
  return errorFromObject(error, status, requestId);
}

/** Turns an error object, of a body or inside a stream, into an error. */
export function errorFromObject(
  error: Readonly<Record<string, unknown>>,
  status: number,
  requestId: string | null,
): LlmGatewayError {
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return new LlmGatewayError(text(error.message) ?? `The gateway answered ${status}`, {
    status,
    code: text(error.code),
    type: text(error.type),
    param: text(error.param),
    requestId,
  });
}

/** The `error` of an answer or of a chunk, when it has one. */
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
