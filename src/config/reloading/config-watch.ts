import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** How long files must stay unchanged before they are read, because their writer may not have finished. */
const SETTLE_MS = 50;
/** Polling finds changes without notifications: on network file systems, or in link targets in other folders. */
const POLL_MS = 1000;

/** Kubernetes swaps a mounted ConfigMap by a link with such a name. */
const SWAPPED = '..';

/**
 * Reports when files of the configuration are changed, replaced, created or removed: written in place, renamed over,
 * or swapped behind links, as Kubernetes does with mounted ConfigMaps. Their folders are watched, for speed, and the
 * files are polled every second, for reliability.
 */
export class ConfigWatch {
  #known: string | undefined;
  #lastSeen: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;
  #isRunning = false;
  #isLooking = false;
  readonly #folders = new Map<string, FSWatcher | undefined>();
  /** The names of the files. A log or a database beside them changes all the time. */
  #names: ReadonlySet<string> = new Set();

  /**
   * @param list returns the current files
   * @param onChange also called once soon after the start, because earlier changes are unknown
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

  /** Schedules a check; activity in the folder cannot postpone it repeatedly. */
  #lookWithin(ms: number): void {
    const at = performance.now() + ms;
    if (!this.#isRunning || at >= this.#dueAt) return;
    this.#dueAt = at;
    clearTimeout(this.#timer);
    // The timer must not keep the process alive.
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
    this.#names = new Set(files.map((file) => basename(file)));
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

  /** @returns undefined when the folder cannot be watched; polling then suffices */
  #open(folder: string): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name === null || name.startsWith(SWAPPED) || this.#names.has(name)) this.#lookWithin(SETTLE_MS);
      });
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
