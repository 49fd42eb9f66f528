/** How many characters are really counted; the rest is taken to be like them. */
export const SAMPLE_LENGTH = 1_500;

/** Samples passing text: keeps its beginning and its length. */
export class TextSample {
  #text = '';
  #length = 0;

  /** @param length of the whole text with this beginning */
  static of(beginning: string, length: number): TextSample {
    const sample = new TextSample();
    sample.#text = beginning;
    sample.#length = length;
    return sample;
  }

  add(text: string): void {
    this.#length += text.length;
    if (!this.isFull) this.#text += text.slice(0, SAMPLE_LENGTH - this.#text.length);
  }

  /** Adds text of which the length alone is known, to a full sample. */
  addLength(length: number): void {
    this.#length += length;
  }

  /** Of further text the length alone matters. */
  get isFull(): boolean {
    return this.#text.length >= SAMPLE_LENGTH;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  get text(): string {
    return this.#text;
  }

  /** @param count tokens of `text` @returns tokens of all that was added */
  scale(count: number): number {
    return this.#length === this.#text.length
      ? count
      : Math.round((count * this.#length) / this.#text.length);
  }
}
