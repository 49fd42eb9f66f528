import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;

/**
 * Tells when one of some files was changed, replaced, created or removed. It looks at them several times a second,
 * which works with every editor and on every file system; notifications work on some.
 */
export class FileWatch {
  #known: string;

  /** @param list names the files of the moment */
  constructor(private readonly list: () => readonly string[]) {
    this.#known = this.#look();
  }

  /** Settles once something has changed and changes no more: true; or, when the signal came first, false. */
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
