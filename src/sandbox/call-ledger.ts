import { type FaultTarget } from './faults/faults.js';

/** Counts calls, and notifies waiters when a count has changed. */
export class CallLedger {
  logins = 0;
  /** Calls of models with a valid credential. */
  readonly calls: Partial<Record<FaultTarget, number>> = {};
  openCalls = 0;
  abortedCalls = 0;
  openStreams = 0;
  abortedStreams = 0;
  private readonly watchers = new Set<() => void>();

  received(target: FaultTarget): void {
    this.calls[target] = (this.calls[target] ?? 0) + 1;
  }

  opened(isStream: boolean): void {
    this.openCalls += 1;
    if (isStream) this.openStreams += 1;
    this.changed();
  }

  closed(isStream: boolean, leftEarly: boolean): void {
    this.openCalls -= 1;
    if (isStream) this.openStreams -= 1;
    if (leftEarly) this.abortedCalls += 1;
    if (leftEarly && isStream) this.abortedStreams += 1;
    this.changed();
  }

  changed(): void {
    for (const look of this.watchers) look();
  }

  /** @throws Error if it did not become true within `timeoutMs` */
  async waitFor(isTrue: () => boolean, timeoutMs: number): Promise<void> {
    if (isTrue()) return;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!isTrue()) return;
        clearTimeout(timer);
        this.watchers.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.watchers.delete(look);
        reject(new Error(`The sandbox did not see what was waited for within ${timeoutMs} ms.`));
      }, timeoutMs);
      this.watchers.add(look);
    });
  }
}
