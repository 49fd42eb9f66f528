import { type AttemptRecord } from './attempt-record.js';

/** How a login ended: `refused` by the service, or `failed` for any other reason. */
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
   * An attempt is about to be sent.
   * @param url where to
   * @returns headers to send instead of the client's own
   */
  attemptBegan(attempt: AttemptRecord, url: string): TraceHeaders;
  /** A login that others may wait for, too, has begun. @returns what to call at its end */
  loginBegan(model: string): (outcome: LoginOutcome) => void;
}
