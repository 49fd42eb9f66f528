import { type GatewayError } from '../errors/gateway-error.js';

/** Why a call was sent: for the first time, again to the same place, elsewhere, or with a fresh credential. */
export type AttemptReason = 'first' | 'retry' | 'failover' | 'fallback' | 'renewal';

/** One try of a model call at one deployment. Times are milliseconds since the request came in. */
export class AttemptRecord {
  /** Undefined while it runs. */
  endMs: number | undefined;
  upstreamStatus: number | undefined;
  /** The failure in a word, as in the log; undefined for one that went well or still runs. */
  error: string | undefined;
  failure: GatewayError | undefined;

  constructor(
    /** Name of the configured model; a fallback's own. */
    readonly model: string,
    readonly deployment: string,
    readonly why: AttemptReason,
    readonly startMs: number,
  ) {}
}
