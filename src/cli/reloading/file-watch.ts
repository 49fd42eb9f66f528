import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;

/**
 * Reports when one of several files is changed, replaced, created or removed. It polls them several
 * times a second, which works with every editor and file system, unlike notifications.
 */
export class FileWatch {
  #known: string;

  /** @param list returns the current files */
  constructor(private readonly list: () => readonly string[]) {
    this.#known = this.#look();
  }

  /** @returns true once a change is complete, or false when the signal aborts first */
  async changed(signal: AbortSignal): Promise<boolean> {
    let before = this.#known;
    while (!signal.aborted) {
      await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
      const now = this.#look();
      if (now !== this.#known && now === before) {
        this.#known = now;
        return !signal.aborted;
      }
      before = now;
    }
    return false;
  }

  #look(): string {
    return this.list()
      .map((path) => {
        const file = statSync(path, { throwIfNoEntry: false });
        return `${path}:${file?.mtimeMs}:${file?.size}:${file?.ino}`;
      })
      .join('\n');
  }
}
