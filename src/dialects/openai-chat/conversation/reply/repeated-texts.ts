import { UpstreamError } from '../../../../errors/upstream-errors.js';
import { meantText } from '../../gathering/completion-builder.js';

/** Texts that have repeated each other so far do so, without doubt. In characters. */
const MAX_HELD = 1_048_576;

/**
 * Texts of messages in a stream, which are pieces of one text, or of which each repeats the one before and goes on.
 * The first is said at once, the others once it is clear.
 */
export class RepeatedTexts {
  /** While each repeats the one before. */
  #texts: string[] = [];
  #length = 0;
  #arePieces = false;
  #isRepeating = false;

  /** @returns what is to be said now */
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
   * @returns what is still to be said
   * @throws UpstreamError where it could mean two things
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
