/** The times that limits are counted by. */
export abstract class Clock {
  /** Never goes back; only differences mean something. */
  abstract monotonicMs(): number;
  /** Milliseconds since 1970, for calendar periods. */
  abstract wallMs(): number;
}

export class SystemClock extends Clock {
  monotonicMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }
}
