/** The clocks by which limits are counted. */
export abstract class Clock {
  /** Never decreases; only differences are meaningful. */
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
