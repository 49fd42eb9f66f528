import { TooManyBodiesError } from '../../errors/caller-errors.js';

/**
 * Number of clients in the map beyond which a client without a body is removed, because the number
 * of addresses is unlimited.
 */
const MOST_IDLE_CLIENTS = 1000;

/**
 * Limits the memory for the request bodies of all running calls. Bytes count as they arrive. A
 * client may always hold one body, and beyond that as much as it leaves free for others, so no
 * client can take all of it.
 */
export class BodyRoom {
  #limitBytes = Infinity;
  #bodyLimitBytes = Infinity;
  #isShared = false;
  #heldBytes = 0;
  readonly #byClient = new Map<string, number>();

  /**
   * @param limitBytes limit of all bodies together; 0 = no limit. Raised to the size of one body,
   * or of two if shared
   * @param isShared whether there can be more than one client
   */
  limit(limitBytes: number, bodyLimitBytes: number, isShared: boolean): void {
    this.#limitBytes =
      limitBytes === 0 ? Infinity : Math.max(limitBytes, bodyLimitBytes * (isShared ? 2 : 1));
    this.#bodyLimitBytes = bodyLimitBytes;
    this.#isShared = isShared;
  }

  /** The limit in effect, in bytes; Infinity = none. */
  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** @throws TooManyBodiesError if there is no room for that many bytes; reserves nothing */
  check(client: string, bytes: number): void {
    const free = this.#limitBytes - this.#heldBytes - bytes;
    if (free < 0) throw new TooManyBodiesError();
    if (!this.#isShared) return;
    const own = (this.#byClient.get(client) ?? 0) + bytes;
    if (own > this.#bodyLimitBytes && own > free) throw new TooManyBodiesError();
  }

  /** @throws TooManyBodiesError */
  take(client: string, bytes: number): void {
    this.check(client, bytes);
    this.#heldBytes += bytes;
    this.#byClient.set(client, (this.#byClient.get(client) ?? 0) + bytes);
  }

  release(client: string, bytes: number): void {
    this.#heldBytes -= bytes;
    const own = this.#byClient.get(client)! - bytes;
    // Adding and removing an entry with every call would rehash the map every few calls.
    if (own === 0 && this.#byClient.size > MOST_IDLE_CLIENTS) this.#byClient.delete(client);
    else this.#byClient.set(client, own);
  }
}
