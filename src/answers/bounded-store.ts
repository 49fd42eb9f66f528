/** An entry as Keyv stores it. */
interface Stored {
  readonly value?: { readonly body?: Buffer };
}

/** Overhead of an entry beside its body: its key and the surrounding objects. */
const ENTRY_BYTES = 512;

/**
 * A store for Keyv that removes the least recently read entries when all of them take too many
 * bytes.
 */
export class BoundedStore {
  /** In the order of last use. */
  readonly #entries = new Map<string, Stored>();
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): unknown {
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    return entry;
  }

  set(key: string, entry: Stored): void {
    this.delete(key);
    this.#entries.set(key, entry);
    this.#bytes += bytesOf(entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.maxBytes) break;
      this.delete(oldest);
    }
  }

  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#bytes -= bytesOf(entry);
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}

function bytesOf({ value }: Stored): number {
  return (value?.body?.length ?? 0) + ENTRY_BYTES;
}
