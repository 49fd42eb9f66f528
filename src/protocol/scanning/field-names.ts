const QUOTE = 0x22;

/** The top-level fields that a reader wants to find, compared as bytes. */
export class FieldNames {
  /**
   * For each first byte, the lengths of the names that begin with it, as bits (modulo 32). Most
   * keys match none of them, so their bytes need not be compared.
   */
  readonly lengths = new Int32Array(256);
  readonly #bytes: readonly Buffer[];

  /** The spans of a scan that found none of the names. */
  readonly noSpans: readonly number[];

  constructor(readonly names: readonly string[]) {
    this.noSpans = names.flatMap(() => [-1, -1, -1]);
    this.#bytes = names.map((name) => Buffer.from(name));
    // An empty key begins with its closing quote.
    for (const { length, 0: first = QUOTE } of this.#bytes) this.lengths[first]! |= 1 << length;
  }

  /** @returns the index of the name with these bytes; -1 for any other */
  find(json: Uint8Array, start: number, end: number): number {
    const all = this.#bytes;
    for (let index = 0; index < all.length; index++) {
      const bytes = all[index]!;
      if (bytes.length !== end - start) continue;
      let at = 0;
      while (at < bytes.length && json[start + at] === bytes[at]) at++;
      if (at === bytes.length) return index;
    }
    return -1;
  }
}
