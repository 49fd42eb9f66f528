import { type Usage } from '../conversation/usage.js';
import { type GatewayError } from '../errors/gateway-error.js';

/** Why an attempt was made: the first, again at the same deployment, at another, or with a renewed credential. */
export type AttemptReason = 'first' | 'retry' | 'failover' | 'fallback' | 'renewal';

/** One attempt of a model call at one deployment. Times are milliseconds since the request came in. */
export class AttemptRecord {
  /** Undefined while it is running. */
  endMs: number | undefined;
  upstreamStatus: number | undefined;
  /** The error code, as logged; undefined while it is running, and if it succeeded. */
  error: string | undefined;
  failure: GatewayError | undefined;
  /**
   * The usage of an attempt that failed before anything reached the client, if its service reports
   * it.
   */
  spent: Usage | undefined;
  /** The wire format of the request to the service; undefined if nothing was sent. */
  dialect: string | undefined;

  /** Host and port of the service; undefined if the attempt did not get that far. */
  host: string | undefined;

  constructor(
    /** Name of the configured model; for a fallback, the fallback's. */
    readonly model: string,
    readonly deployment: string,
    readonly why: AttemptReason,
    readonly startMs: number,
  ) {}
}
