import { type AttemptRecord } from './attempt-record.js';

/** The outcome of a login: `refused` by the service, or `failed` for any other reason. */
export type LoginOutcome = 'ok' | 'refused' | 'failed';

/** Headers that link the upstream's work to this trace. */
export interface TraceHeaders {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** The trace of one request. */
export interface CallTrace {
  /** 32 hexadecimal digits. */
  readonly id: string;
  /**
   * Call this before an attempt is sent.
   * @param url address of the request
   * @returns headers to send instead of the client's own
   */
  attemptBegan(attempt: AttemptRecord, url: string): TraceHeaders;
  /**
   * Call this when a login begins, for which other calls may wait, too.
   * @returns a function to call when it ends
   */
  loginBegan(model: string): (outcome: LoginOutcome) => void;
}
