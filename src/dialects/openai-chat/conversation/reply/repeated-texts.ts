import { UpstreamError } from '../../../../errors/upstream-errors.js';
import { meantText } from '../../gathering/completion-builder.js';

/**
 * Total length of texts, in characters, from which texts that have repeated each other so far are
 * certain to do so.
 */
const MAX_HELD = 1_048_576;

/**
 * Texts of messages in a stream: either pieces of one text, or texts of which each repeats and
 * extends the previous one. The first is emitted at once, the others when this is clear.
 */
export class RepeatedTexts {
  /** Kept while each text repeats the previous one. */
  #texts: string[] = [];
  #length = 0;
  #arePieces = false;
  #isRepeating = false;

  /** @returns the text to emit now */
  add(text: string): string {
    const texts = this.#texts;
    const last = texts.at(-1);
    if (this.#arePieces || last === undefined) {
      if (!this.#arePieces) this.#hold(text);
      return text;
    }
    if (text.startsWith(last)) {
      this.#hold(text);
      return '';
    }
    if (this.#isRepeating)
      throw new UpstreamError('upstream_invalid_response', "The upstream's stream corrects what it said.");
    this.#arePieces = true;
    this.#texts = [];
    return texts.slice(1).join('') + text;
  }

  /**
   * @returns the text that remains to be emitted
   * @throws UpstreamError if the texts are ambiguous
   */
  finish(): string {
    const [first, ...others] = this.#texts;
    if (first === undefined || others.length === 0) return '';
    return meantText(this.#texts).slice(first.length);
  }

  #hold(text: string): void {
    this.#texts.push(text);
    this.#length += text.length;
    if (this.#length < MAX_HELD || this.#texts.length < 3) return;
    this.#isRepeating = true;
    this.#texts.splice(1, this.#texts.length - 2);
    this.#length = 0;
  }
}
