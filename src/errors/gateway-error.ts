/** What the classes below tell about a failure. */
export interface ErrorDetails {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param?: string;
  /** Extra answer headers, lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** False tells SDKs, by `x-should-retry: false`, that the same call would fail again. Default true. */
  readonly isRetryable?: boolean;
  readonly cause?: unknown;
}

/** Base of everything that is thrown between folders: one failure, as the caller will see it. */
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

  /** The failure in a word of ours, for the log: `code` may be what an upstream wrote, and that stays out of it. */
  get logCode(): string {
    return this.code ?? this.type;
  }

  /** Answer headers that belong to this failure. */
  get headers(): Readonly<Record<string, string>> {
    return this.isRetryable ? this.#headers : { ...this.#headers, 'x-should-retry': 'false' };
  }
}
