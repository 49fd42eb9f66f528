/** The times of counting in Redis, in milliseconds. */
export interface Timing {
  /** How long a replica that died keeps its running calls and what they have reserved. */
  readonly leaseMs: number;
  /** How often a replica says that it is alive; it is missed after three times as long. */
  readonly reportMs: number;
}

export const USUAL_TIMING: Timing = { leaseMs: 30_000, reportMs: 2000 };
