/** Number of characters that are counted exactly; the rest is extrapolated. */
export const SAMPLE_LENGTH = 1_500;

/** Samples a text that passes through: keeps its start and its length. */
export class TextSample {
  #text = '';
  #length = 0;

  /** @param length of the whole text, of which `beginning` is the start */
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

  /** Adds text of which only the length is known. Call this only when the sample is full. */
  addLength(length: number): void {
    this.#length += length;
  }

  /** Whether only the length of further text matters. */
  get isFull(): boolean {
    return this.#text.length >= SAMPLE_LENGTH;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  get text(): string {
    return this.#text;
  }

  /**
   * @param count tokens of `text`
   * @returns an estimate for all added text
   */
  scale(count: number): number {
    return this.#length === this.#text.length
      ? count
      : Math.round((count * this.#length) / this.#text.length);
  }
}
