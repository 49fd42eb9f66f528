import { TooManyBodiesError } from '../errors/caller-errors.js';

/** How many clients are remembered that hold nothing now: there may be any number of addresses. */
const MOST_IDLE_CLIENTS = 1000;

/**
 * The room for the request bodies that all calls hold at one time. Bytes take it as they arrive. A client may hold
 * as much as it leaves free for the others, and in any case one body: so none can take all of it.
 */
export class BodyRoom {
  #limitBytes = Infinity;
  #bodyLimitBytes = Infinity;
  #isShared = false;
  #heldBytes = 0;
  readonly #byClient = new Map<string, number>();

  /**
   * @param limitBytes of all bodies together; 0 = any. In effect never less than one body, or two where it is shared
   * @param isShared whether there can be more than one client
   */
  limit(limitBytes: number, bodyLimitBytes: number, isShared: boolean): void {
    this.#limitBytes =
      limitBytes === 0 ? Infinity : Math.max(limitBytes, bodyLimitBytes * (isShared ? 2 : 1));
    this.#bodyLimitBytes = bodyLimitBytes;
    this.#isShared = isShared;
  }

  /** In effect, in bytes; Infinity: any number. */
  get limitBytes(): number {
    return this.#limitBytes;
  }

  /** @throws TooManyBodiesError when there is no room for so many bytes; takes none of it */
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
    // An entry that came and went with each call would have the map built anew every few calls.
    if (own === 0 && this.#byClient.size > MOST_IDLE_CLIENTS) this.#byClient.delete(client);
    else this.#byClient.set(client, own);
  }
}
