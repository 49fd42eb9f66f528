/** npm and terminals send the first signal twice; only one that comes this much later is a second order. */
const SECOND_AFTER_MS = 1000;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The orders to stop, heard from the moment this is made: none gets lost, and none kills by default. */
export class StopSignals {
  /** Settles with the first signal. */
  readonly first: Promise<NodeJS.Signals>;
  /** Settles with the first signal that comes at least one second after the first. */
  readonly second: Promise<NodeJS.Signals>;

  constructor() {
    let onFirst!: (signal: NodeJS.Signals) => void;
    let onSecond!: (signal: NodeJS.Signals) => void;
    this.first = new Promise((resolve) => (onFirst = resolve));
    this.second = new Promise((resolve) => (onSecond = resolve));
    let firstAt: number | undefined;
    for (const signal of SIGNALS) {
      // The listeners stay: between a `once` and the next listener a signal would kill the process.
      process.on(signal, () => {
        firstAt ??= performance.now();
        onFirst(signal);
        if (performance.now() - firstAt >= SECOND_AFTER_MS) onSecond(signal);
      });
    }
  }
}
