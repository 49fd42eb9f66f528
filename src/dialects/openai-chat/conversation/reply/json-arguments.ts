/** What can be said of a tool call's arguments while they come, as services send them. */
export class JsonArguments {
  /** More came than one object can hold, or what may repeat it: only the end tells what was meant. */
  isHeld = false;
  /** What the client has. */
  readonly #said: string[] = [];
  /** What came and is not said yet: nothing of an object until more than its brace is there. */
  #pending = '';
  /** Of both, white space aside. */
  #length = 0;
  #depth = 0;
  #isString = false;
  #isEscaped = false;
  #isNoObject = false;
  /** The object is complete. */
  isWhole = false;

  /** @returns what the client gets of it now */
  add(piece: string): string {
    if (this.isHeld) return '';
    if (this.isWhole && !this.#isPlaceholder) {
      this.isHeld = piece.trim() !== '';
      return '';
    }
    if (this.#mayRepeat(piece)) {
      this.isHeld = true;
      return '';
    }
    if (this.#isPlaceholder) {
      if (piece.trim() === '') return '';
      this.#restart();
    }
    return this.#take(piece);
  }

  /**
   * @param meant the arguments, as all pieces together mean them
   * @returns what the client still lacks; undefined where it has something else
   */
  rest(meant: string): string | undefined {
    const said = this.#said.join('');
    let at = 0;
    for (const char of said) {
      if (isSpace(char)) continue;
      while (at < meant.length && isSpace(meant[at]!)) at++;
      if (!meant.startsWith(char, at)) return undefined;
      at += char.length;
    }
    return meant.slice(at);
  }

  #take(piece: string): string {
    this.#length += squeezed(piece).length;
    for (let at = 0; at < piece.length; at++) {
      if (!this.#scan(piece[at]!)) continue;
      const rest = piece.slice(at + 1);
      if (rest.trim() !== '') {
        this.isHeld = true;
        return this.#say(piece.slice(0, at + 1));
      }
      this.isWhole = true;
      break;
    }
    if (this.#isNoObject) this.isHeld = true;
    return this.isHeld ? '' : this.#say(piece);
  }

  /** @returns whether the object ends with this character */
  #scan(char: string): boolean {
    if (this.#depth === 0) {
      if (char === '{') this.#depth = 1;
      else this.#isNoObject ||= !isSpace(char);
      return false;
    }
    if (this.#isString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (char === '\\') this.#isEscaped = true;
      else if (char === '"') this.#isString = false;
      return false;
    }
    if (char === '"') this.#isString = true;
    else if (char === '{' || char === '[') this.#depth++;
    else if (char === '}' || char === ']') return --this.#depth === 0;
    return false;
  }

  #say(piece: string): string {
    const text = this.#pending + piece;
    if (/^\s*(?:\{\s*\}?\s*)?$/.test(text)) {
      this.#pending = text;
      return '';
    }
    this.#pending = '';
    this.#said.push(text);
    return text;
  }

  /** `{}` and nothing else: all of it, or what stands before it. */
  get #isPlaceholder(): boolean {
    return this.isWhole && this.#said.length === 0;
  }

  /** Whether a piece says all that came before once more. */
  #mayRepeat(piece: string): boolean {
    if (this.#isPlaceholder || this.#length === 0 || piece.length < this.#length) return false;
    return squeezed(piece).startsWith(squeezed(this.#said.join('') + this.#pending));
  }

  #restart(): void {
    this.#pending = '';
    this.#length = 0;
    this.isWhole = false;
  }
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, '');
}

function isSpace(char: string): boolean {
  return char.trim() === '';
}
