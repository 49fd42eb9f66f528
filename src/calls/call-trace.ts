import { type AttemptRecord } from './attempt-record.js';

/** How a login ended: `refused` by a service that said no, `failed` for any other reason. */
export type LoginOutcome = 'ok' | 'refused' | 'failed';

/** Headers that tell a model service which trace its work belongs to. */
export interface TraceHeaders {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** One request, traced. There is none where tracing is off. */
export interface CallTrace {
  /**
   * An attempt is about to be sent.
   * @param url where to
   * @returns what goes up with it, in place of the caller's own
   */
  attemptBegan(attempt: AttemptRecord, url: string): TraceHeaders;
  /** A login that others may wait for, too. @returns what to call at its end */
  loginBegan(model: string): (outcome: LoginOutcome) => void;
}
