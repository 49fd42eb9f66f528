const MOST_NAMES = 20;
const MOST_KNOWN = 1000;
const PLAIN_NAME = /^[\w.[\]-]{1,64}$/;

/**
 * Names of the fields that a translated call has lost, for the header and the log. Clients and
 * services choose the names of unknown fields, so names that are too long, too many or invalid in a
 * header are only counted, as `and_3_more`.
 */
export class DroppedNames {
  /** Grows when more fields are lost. */
  readonly shown: string[] = [];
  readonly #known = new Set<string>();
  #hidden = 0;

  constructor(names: Iterable<string>) {
    for (const name of names) this.add(name);
  }

  add(name: string): void {
    if (this.#known.has(name) || this.#known.size === MOST_KNOWN) return;
    this.#known.add(name);
    if (this.#hidden > 0) this.shown.pop();
    if (PLAIN_NAME.test(name) && this.shown.length < MOST_NAMES) this.shown.push(name);
    else this.#hidden++;
    if (this.#hidden > 0) this.shown.push(`and_${this.#hidden}_more`);
  }
}
