/** Decides how much of a tool call's arguments can be sent to the client while they arrive. */
export class JsonArguments {
  /**
   * Whether more arrived than one object can contain, or a possible repetition: only the end shows
   * what was meant.
   */
  isHeld = false;
  /** The pieces that the client has received. */
  readonly #said: string[] = [];
  /** The pieces that are not sent yet; an object is held until more than its brace has arrived. */
  #pending = '';
  /** Length of both without white space. */
  #length = 0;
  #depth = 0;
  #isString = false;
  #isEscaped = false;
  #isNoObject = false;
  /** Whether the object is complete. */
  isWhole = false;

  /** @returns the part that the client gets now */
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
   * @param meant the arguments that all pieces together mean
   * @returns the part that the client still lacks; undefined if it has received something else
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

  /** Whether nothing but `{}` has arrived: it may be a placeholder. */
  get #isPlaceholder(): boolean {
    return this.isWhole && this.#said.length === 0;
  }

  /** Whether a piece repeats everything before it. */
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
