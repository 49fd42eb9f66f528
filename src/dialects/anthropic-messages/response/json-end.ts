/**
 * Detects where an object or list ends in JSON that arrives in pieces. The result is meaningless
 * for other text.
 */
export class JsonEnd {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #hasEnded = false;

  get isComplete(): boolean {
    return this.#hasEnded;
  }

  add(text: string): void {
    for (let at = 0; at < text.length && !this.#hasEnded; at++) {
      const character = text[at];
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (character === '\\') this.#isEscaped = true;
        else if (character === '"') this.#isInString = false;
      } else if (character === '"') this.#isInString = true;
      else if (character === '{' || character === '[') this.#depth++;
      else if ((character === '}' || character === ']') && --this.#depth <= 0) this.#hasEnded = true;
    }
  }
}
