import { endOfScalar, endOfString, skipSpace } from '../protocol/scanning/json-tokens.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const MOST_LEVELS = 128;

/**
 * Returns the same text for all JSON that differs only in white space and in the order of keys.
 * Numbers and strings remain as written, because parsers may distinguish 1 from 1.0, and duplicate
 * keys keep their order.
 * @param json valid JSON
 * @returns undefined for more than 128 levels
 */
export function canonicalJson(json: Buffer): string | undefined {
  return new Canonical(json).text();
}

class Canonical {
  #at = 0;
  #level = 0;
  #isTooDeep = false;

  constructor(private readonly json: Buffer) {}

  text(): string | undefined {
    const text = this.#value();
    return this.#isTooDeep ? undefined : text;
  }

  #value(): string {
    this.#skip();
    const first = this.json[this.#at];
    if (first === OPEN_BRACE) {
      const members = this.#items(CLOSE_BRACE, () => {
        this.#skip();
        const name = this.#token(endOfString(this.json, this.#at + 1));
        this.#skip();
        // Skips the colon.
        this.#at++;
        return { name, text: `${name}:${this.#value()}` };
      });
      const sorted = members.toSorted((one, other) =>
        one.name < other.name ? -1 : one.name > other.name ? 1 : 0,
      );
      return `{${sorted.map(({ text }) => text).join(',')}}`;
    }
    if (first === OPEN_BRACKET) return `[${this.#items(CLOSE_BRACKET, () => this.#value()).join(',')}]`;
    return this.#token(
      first === QUOTE ? endOfString(this.json, this.#at + 1) : endOfScalar(this.json, this.#at),
    );
  }

  #items<Item>(close: number, read: () => Item): Item[] {
    this.#at++;
    const items: Item[] = [];
    if (++this.#level > MOST_LEVELS) {
      this.#isTooDeep = true;
      return items;
    }
    for (;;) {
      this.#skip();
      if (this.json[this.#at] === close || this.#isTooDeep) break;
      items.push(read());
      this.#skip();
      if (this.json[this.#at] === COMMA) this.#at++;
    }
    this.#at++;
    this.#level--;
    return items;
  }

  #token(end: number): string {
    const text = this.json.toString('utf8', this.#at, end);
    this.#at = end;
    return text;
  }

  #skip(): void {
    this.#at = skipSpace(this.json, this.#at);
  }
}
