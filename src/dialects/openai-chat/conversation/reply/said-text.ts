const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;
const OTHER_PRIME = 0x85ebca6b;
/** White space, which a service may add or omit around a text. */
const SPACE = /\s/;

/**
 * Represents the text that a stream has sent by its length and two hashes: enough to recognise a
 * later repetition in constant memory. Surrounding white space does not count.
 */
export class SaidText {
  /** Length of the leading white space. */
  #lead = 0;
  /** Length from the first character that is not white space. */
  #length = 0;
  #hash = OFFSET;
  #other = OFFSET;
  /** The values after the last character that is not white space. */
  #solid = { length: 0, hash: OFFSET, other: OFFSET };

  get isEmpty(): boolean {
    return this.#lead === 0 && this.#length === 0;
  }

  add(text: string): void {
    let at = 0;
    if (this.#length === 0) {
      while (at < text.length && isSpaceCode(text.charCodeAt(at))) at++;
      this.#lead += at;
    }
    const end = text.trimEnd().length;
    if (at < end) {
      this.#hashUp(text, at, end);
      this.#solid = { length: this.#length, hash: this.#hash, other: this.#other };
      at = end;
    }
    this.#hashUp(text, at, text.length);
  }

  /**
   * @returns the rest of a text that repeats the text so far; undefined if it does not repeat it
   */
  beyond(text: string): string | undefined {
    const { length, hash, other } = this.#solid;
    if (length === 0) return withoutSpaces(text, this.#lead);
    const own = text.trimStart();
    if (own.length < length) return undefined;
    const begin = new SaidText();
    begin.add(own.slice(0, length));
    if (begin.#hash !== hash || begin.#other !== other) return undefined;
    return withoutSpaces(own.slice(length), this.#length - length);
  }

  #hashUp(text: string, start: number, end: number): void {
    let hash = this.#hash;
    let other = this.#other;
    for (let at = start; at < end; at++) {
      const code = text.charCodeAt(at);
      hash = Math.imul(hash ^ code, PRIME);
      other = Math.imul(other ^ code, OTHER_PRIME);
    }
    this.#hash = hash;
    this.#other = other;
    this.#length += end - start;
  }
}

/** Removes white space that was sent already. */
function withoutSpaces(text: string, most: number): string {
  let spaces = 0;
  while (spaces < most && SPACE.test(text[spaces] ?? '')) spaces++;
  return text.slice(spaces);
}

/** Like `\s`, without creating a string per character. */
function isSpaceCode(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return code === 0xa0 || code === 0x3000 || code === 0xfeff || (code >= 0x1680 && isRareSpace(code));
}

function isRareSpace(code: number): boolean {
  return code <= 0x205f && SPACE.test(String.fromCharCode(code));
}
