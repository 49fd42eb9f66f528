/**
 * Which clients have called lately: the two newest, which is enough to tell whether anybody else has. `undefined` is
 * the gateway itself, which probes and tests from the terminal.
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

  /** Whether nobody but this client has called within so many milliseconds. */
  isAlone(client: string | undefined, now: number, withinMs: number): boolean {
    return now - (client === this.#newest ? this.#otherAt : this.#newestAt) > withinMs;
  }
}
