import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How long files must stay unchanged before they are read: their writer may not have finished. */
const SETTLE_MS = 50;
/** For what no notification tells: network file systems, targets of links in other folders. */
const POLL_MS = 1000;

/**
 * Tells when files that make up the configuration were changed, replaced, created or removed, whichever way: written
 * in place, renamed over, or moved as a whole behind links, as Kubernetes does with mounted ConfigMaps. Their folders
 * are watched, for speed, and they are looked at every second, for certainty.
 */
export class ConfigWatch {
  #known: string | undefined;
  #lastSeen: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;
  #isRunning = false;
  #isLooking = false;
  readonly #folders = new Map<string, FSWatcher | undefined>();

  /**
   * @param list the files of the moment
   * @param onChange also called once soon after the start, since nobody knows what happened before
   */
  constructor(
    private readonly list: () => Iterable<string>,
    private readonly onChange: () => Promise<void>,
  ) {}

  get isRunning(): boolean {
    return this.#isRunning;
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#known = undefined;
    this.#lookWithin(SETTLE_MS);
  }

  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    this.#dueAt = Infinity;
    for (const watcher of this.#folders.values()) watcher?.close();
    this.#folders.clear();
  }

  /** A folder in which much happens must not put the look off again and again. */
  #lookWithin(ms: number): void {
    const at = performance.now() + ms;
    if (!this.#isRunning || at >= this.#dueAt) return;
    this.#dueAt = at;
    clearTimeout(this.#timer);
    // A watch alone keeps no process alive.
    this.#timer = setTimeout(() => {
      this.#dueAt = Infinity;
      if (this.#isLooking) this.#lookWithin(SETTLE_MS);
      else void this.#look();
    }, ms).unref();
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    const files = [...this.list()];
    this.#watchFolders(files);
    const seen = (await Promise.all(files.map(stateOf))).join('\n');
    const isSettled = seen === this.#lastSeen;
    this.#lastSeen = seen;
    if (seen !== this.#known && isSettled) {
      this.#known = seen;
      await this.onChange();
    }
    this.#isLooking = false;
    this.#lookWithin(seen === this.#known ? POLL_MS : SETTLE_MS);
  }

  #watchFolders(files: readonly string[]): void {
    const folders = new Set(files.map((file) => dirname(file)));
    for (const [folder, watcher] of this.#folders) {
      if (folders.has(folder)) continue;
      watcher?.close();
      this.#folders.delete(folder);
    }
    for (const folder of folders) {
      if (!this.#folders.has(folder)) this.#folders.set(folder, this.#open(folder));
    }
  }

  /** @returns undefined where there is nothing to be watched: looking is enough. */
  #open(folder: string): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#lookWithin(SETTLE_MS));
      watcher.on('error', () => {
        watcher.close();
        if (this.#folders.get(folder) === watcher) this.#folders.delete(folder);
      });
      return watcher;
    } catch {
      return undefined;
    }
  }
}

async function stateOf(path: string): Promise<string> {
  try {
    const { mtimeNs, ctimeNs, size, ino, dev } = await stat(path, { bigint: true });
    return `${path}:${mtimeNs}:${ctimeNs}:${size}:${ino}:${dev}`;
  } catch {
    return `${path}:none`;
  }
}
