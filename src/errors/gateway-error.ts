/** Details of a failure, set by the subclasses. */
export interface ErrorDetails {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param?: string;
  /** Extra response headers, lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** False sends `x-should-retry: false`, because the same call would fail again. Default true. */
  readonly isRetryable?: boolean;
  readonly cause?: unknown;
}

/** Base of all errors thrown between folders: a failure as the client will see it. */
export abstract class GatewayError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  readonly isRetryable: boolean;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(message: string, details: ErrorDetails) {
    super(message, { cause: details.cause });
    this.name = new.target.name;
    this.status = details.status;
    this.type = details.type;
    this.code = details.code;
    this.param = details.param ?? null;
    this.isRetryable = details.isRetryable ?? true;
    this.#headers = details.headers ?? {};
  }

  /** The gateway's own code for the log, because `code` may come from an upstream. */
  get logCode(): string {
    return this.code ?? this.type;
  }

  /** Response headers of this failure. */
  get headers(): Readonly<Record<string, string>> {
    return this.isRetryable ? this.#headers : { ...this.#headers, 'x-should-retry': 'false' };
  }
}
