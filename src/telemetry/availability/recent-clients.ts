/**
 * Remembers the two most recent clients, which is enough to know whether only one has called.
 * `undefined` is the gateway itself, in probes and in tests from the terminal.
 */
export class RecentClients {
  #newest: string | undefined;
  #newestAt = -Infinity;
  #otherAt = -Infinity;

  /** @param now in milliseconds */
  called(client: string | undefined, now: number): void {
    if (client !== this.#newest) {
      this.#otherAt = this.#newestAt;
      this.#newest = client;
    }
    this.#newestAt = now;
  }

  /** Whether only this client has called within `withinMs`. */
  isAlone(client: string | undefined, now: number, withinMs: number): boolean {
    return now - (client === this.#newest ? this.#otherAt : this.#newestAt) > withinMs;
  }
}
