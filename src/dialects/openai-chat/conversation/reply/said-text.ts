const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;
const OTHER_PRIME = 0x85ebca6b;
/** Characters that a service may add or leave out around a text. */
const SPACE = /\s/;

/**
 * What a stream has said of one text, by its length and two hashes alone: enough to see whether a later text repeats
 * it, in constant memory. White space around it does not count.
 */
export class SaidText {
  /** White space before all else. */
  #lead = 0;
  /** Since the first character that is no space. */
  #length = 0;
  #hash = OFFSET;
  #other = OFFSET;
  /** As they were after the last character that is no space. */
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

  /** @returns what a text says beyond what was said, which it repeats; undefined for a text that does not repeat it */
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

/** White space that was said is not said again. */
function withoutSpaces(text: string, most: number): string {
  let spaces = 0;
  while (spaces < most && SPACE.test(text[spaces] ?? '')) spaces++;
  return text.slice(spaces);
}

/** As `\s` has it, without a text for each character. */
function isSpaceCode(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return code === 0xa0 || code === 0x3000 || code === 0xfeff || (code >= 0x1680 && isRareSpace(code));
}

function isRareSpace(code: number): boolean {
  return code <= 0x205f && SPACE.test(String.fromCharCode(code));
}
