const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DATA = 1;
const DIGIT = 2;
/**
 * No text contains so many letters and digits in a row, but images, audio and files in base64 do.
 */
const DATA_BYTES = 2048;
/** The most that an image uses, and about twice what a page of a document uses. */
const TOKENS_OF_DATA = 1600;

const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return (/[\w+/=-]/.test(character) ? DATA : 0) | (/[\d.-]/.test(character) ? DIGIT : 0);
});

/**
 * The size of a JSON body from a model's point of view, measured in one pass over its bytes without
 * parsing.
 */
export class BodySize {
  #isInText = false;
  #isEscaped = false;
  #isInNumber = false;
  /** Length of the current run of bytes that may be base64. */
  #run = 0;
  #asciiBytes = 0;
  #otherCharacters = 0;
  #numbers = 0;
  #data = 0;

  /** @param slice follows the previous one */
  add(slice: Buffer): void {
    for (let at = 0; at < slice.length; at++) {
      const byte = slice[at]!;
      if (!this.#isInText) {
        this.#outside(byte);
        continue;
      }
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === QUOTE) {
        this.#endRun();
        this.#isInText = false;
        continue;
      } else if (byte === BACKSLASH) {
        this.#isEscaped = true;
        continue;
      }
      if ((KINDS[byte]! & DATA) !== 0) this.#run++;
      else {
        this.#endRun();
        if (byte < 0x80) this.#asciiBytes++;
        else if (byte >= 0xc0) this.#otherCharacters++;
      }
    }
  }

  /** One token is about four characters of Western text, or about one and a half of other text. */
  get textTokens(): number {
    return this.#asciiBytes / 4 + this.#otherCharacters / 1.5;
  }

  /** Tokens that clients send as numbers, and estimates for images, audio and files. */
  get furtherTokens(): number {
    return this.#numbers + this.#data * TOKENS_OF_DATA;
  }

  /** The text of the start of a body, without data. */
  textOf(beginning: Buffer): string {
    return beginning.toString().replaceAll(/[\w+/=-]{2048,}/g, '');
  }

  #outside(byte: number): void {
    const isDigit = (KINDS[byte]! & DIGIT) !== 0;
    if (isDigit && !this.#isInNumber) this.#numbers++;
    this.#isInNumber = isDigit;
    if (byte === QUOTE) this.#isInText = true;
  }

  #endRun(): void {
    if (this.#run >= DATA_BYTES) this.#data++;
    else this.#asciiBytes += this.#run;
    this.#run = 0;
  }
}
