import { type ErrorCode } from './guide/error-guide.js';

/** Details of a failure, set by the subclasses. */
export type ErrorDetails = CommonDetails &
  (
    | { readonly code: ErrorCode; readonly logCode?: ErrorCode }
    /** The service's own code. */
    | { readonly code: string | null; readonly logCode: ErrorCode }
  );

interface CommonDetails {
  readonly status: number;
  readonly type: string;
  readonly param?: string;
  /** Extra response headers, lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** False sends `x-should-retry: false`, because the same call would fail again. Default true. */
  readonly isRetryable?: boolean;
  readonly cause?: unknown;
}

/** Base of all errors that cross folder boundaries: a failure as the client will see it. */
export abstract class GatewayError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  /** The gateway's own code for the log, because `code` may come from an upstream. */
  readonly logCode: ErrorCode;
  readonly param: string | null;
  readonly isRetryable: boolean;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(message: string, details: ErrorDetails) {
    super(message, { cause: details.cause });
    this.name = new.target.name;
    this.status = details.status;
    this.type = details.type;
    this.code = details.code;
    // Without a `logCode`, `code` is one of the gateway's own.
    this.logCode = details.logCode ?? (details.code as ErrorCode);
    this.param = details.param ?? null;
    this.isRetryable = details.isRetryable ?? true;
    this.#headers = details.headers ?? {};
  }

  /** Response headers of this failure. */
  get headers(): Readonly<Record<string, string>> {
    return this.isRetryable ? this.#headers : { ...this.#headers, 'x-should-retry': 'false' };
  }
}
