/**
 * npm and terminals may send a signal twice; only one this much later counts as a second request.
 */
const SECOND_AFTER_MS = 1000;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Handles stop signals from construction on, so that none is lost and none kills the process by
 * default.
 */
export class StopSignals {
  /** Resolves with the first signal. */
  readonly first: Promise<NodeJS.Signals>;
  /** Resolves with the next signal at least one second after the first. */
  readonly second: Promise<NodeJS.Signals>;

  constructor() {
    let onFirst!: (signal: NodeJS.Signals) => void;
    let onSecond!: (signal: NodeJS.Signals) => void;
    this.first = new Promise((resolve) => (onFirst = resolve));
    this.second = new Promise((resolve) => (onSecond = resolve));
    let firstAt: number | undefined;
    for (const signal of SIGNALS) {
      // Permanent listeners: between two `once` listeners, a signal would kill the process.
      process.on(signal, () => {
        firstAt ??= performance.now();
        onFirst(signal);
        if (performance.now() - firstAt >= SECOND_AFTER_MS) onSecond(signal);
      });
    }
  }
}
