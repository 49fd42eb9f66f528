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
  /** What it has used though it failed before anything reached the client, where its service says so. */
  spent: Usage | undefined;
  /** The wire format that was spoken to the service; undefined where nothing was sent. */
  dialect: string | undefined;

  /** Host and port of the service; undefined where the attempt did not get as far. */
  host: string | undefined;

  constructor(
    /** Name of the configured model; for a fallback, the fallback's. */
    readonly model: string,
    readonly deployment: string,
    readonly why: AttemptReason,
    readonly startMs: number,
  ) {}
}
