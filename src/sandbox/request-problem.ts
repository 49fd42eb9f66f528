/**
 * A request that the sandbox refuses, with the status and the error object that OpenAI would send.
 */
export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';

  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null = null,
    readonly param: string | null = null,
  ) {
    super(message);
  }

  /** OpenAI's `type` for this problem. */
  get type(): string {
    if (this.status >= 500) return 'server_error';
    return this.status === 429 ? 'rate_limit_error' : 'invalid_request_error';
  }

  /** The response's body, in OpenAI's error format. */
  toJson(): string {
    return errorBody(this.message, this.type, this.code, this.param);
  }
}

/** Writes an error object in OpenAI's format. */
export function errorBody(
  message: string,
  type: string,
  code: string | null,
  param: string | null = null,
): string {
  return JSON.stringify({ error: { message, type, param, code } });
}
