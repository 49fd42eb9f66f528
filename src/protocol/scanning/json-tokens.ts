// The tokens of JSON (RFC 8259), read as strictly as `JSON.parse` does, to find where each ends.
// Reading past the last byte is safe, because no token contains `undefined`, but it is expensive:
// once code has done so, V8 runs it more slowly from then on. After a single truncated text, all
// later texts would take two to six times as long. See `ended`.

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_E = 0x45;
const BACKSLASH = 0x5c;
const LOWER_A = 0x61;
const LOWER_E = 0x65;
const LOWER_F = 0x66;
const LOWER_L = 0x6c;
const LOWER_N = 0x6e;
const LOWER_R = 0x72;
const LOWER_S = 0x73;
const LOWER_T = 0x74;
const LOWER_U = 0x75;
const CLOSE_BRACE = 0x7d;

/** Bytes that may occur unescaped in a string: no quote, backslash or control character. */
export const IS_PLAIN = table((byte) => byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH);
export const IS_DIGIT = table((byte) => byte >= ZERO && byte <= NINE);
const IS_ESCAPED = table((byte) => '"\\/bfnrt'.includes(String.fromCharCode(byte)));
const IS_HEX = table((byte) => /[\da-f]/i.test(String.fromCharCode(byte)));

function table(is: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (is(byte) ? 1 : 0));
}

const END = Buffer.of(0);

/**
 * The text followed by a byte that no token contains, so that nothing is read past its end,
 * wherever it was cut off.
 */
export function ended(json: Uint8Array): Buffer {
  return Buffer.concat([json, END]);
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === LF || byte === CR || byte === TAB;
}

/**
 * @returns the text without trailing white space; a text that does not end with a brace gets an end
 * mark, because nothing else prevents that a number, a word or white space is read past its end
 */
export function bounded(json: Buffer): Buffer {
  let { length } = json;
  while (length > 0 && isSpace(json[length - 1]!)) length--;
  const text = length === json.length ? json : json.subarray(0, length);
  return length > 0 && text[length - 1] === CLOSE_BRACE ? text : ended(text);
}

/**
 * Skips white space. First check whether there is any: most documents have none, and an unnecessary
 * call costs more than the check.
 */
export function skipSpace(json: Uint8Array, at: number): number {
  while (isSpace(json[at]!)) at++;
  return at;
}

/**
 * @returns the index of the first byte in a string that is not plain; the length if there is none
 */
export function endOfPlain(json: Uint8Array, at: number): number {
  const { length } = json;
  // Four at a time, with one branch for all four: half the time for a text of usual length.
  const last = length - 3;
  while (
    at < last &&
    (IS_PLAIN[json[at]!]! &
      IS_PLAIN[json[at + 1]!]! &
      IS_PLAIN[json[at + 2]!]! &
      IS_PLAIN[json[at + 3]!]!) ===
      1
  )
    at += 4;
  while (at < length && IS_PLAIN[json[at]!] === 1) at++;
  return at;
}

/**
 * @param at after the opening quote
 * @returns the index after the closing one; -1 if there is none
 */
export function endOfString(json: Uint8Array, at: number): number {
  for (;;) {
    at = endOfPlain(json, at);
    if (at === json.length) return -1;
    const byte = json[at];
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) return -1;
    const escaped = json[at + 1]!;
    if (IS_ESCAPED[escaped] === 1) at += 2;
    else if (
      escaped === LOWER_U &&
      IS_HEX[json[at + 2]!] === 1 &&
      IS_HEX[json[at + 3]!] === 1 &&
      IS_HEX[json[at + 4]!] === 1 &&
      IS_HEX[json[at + 5]!] === 1
    )
      at += 6;
    else return -1;
  }
}

/**
 * A number, `true`, `false` or `null`.
 * @returns the index after it; -1 for anything else
 */
export function endOfScalar(json: Uint8Array, at: number): number {
  switch (json[at]) {
    case LOWER_T:
      return json[at + 1] === LOWER_R && json[at + 2] === LOWER_U && json[at + 3] === LOWER_E ? at + 4 : -1;
    case LOWER_F:
      return json[at + 1] === LOWER_A &&
        json[at + 2] === LOWER_L &&
        json[at + 3] === LOWER_S &&
        json[at + 4] === LOWER_E
        ? at + 5
        : -1;
    case LOWER_N:
      return json[at + 1] === LOWER_U && json[at + 2] === LOWER_L && json[at + 3] === LOWER_L ? at + 4 : -1;
    case MINUS:
      at++;
  }
  if (json[at] === ZERO) at++;
  else if (IS_DIGIT[json[at]!] === 1) while (IS_DIGIT[json[at]!] === 1) at++;
  else return -1;
  return endOfFraction(json, at);
}

/**
 * The end of a number, which may have a fraction, an exponent, both or none.
 * @param at after its integer part
 * @returns the index after it; -1 if a digit is missing
 */
export function endOfFraction(json: Uint8Array, at: number): number {
  if (json[at] === POINT) {
    if (IS_DIGIT[json[++at]!] !== 1) return -1;
    // Vectors have many digits, so four are read at a time, as in strings.
    while (
      at + 3 < json.length &&
      (IS_DIGIT[json[at]!]! &
        IS_DIGIT[json[at + 1]!]! &
        IS_DIGIT[json[at + 2]!]! &
        IS_DIGIT[json[at + 3]!]!) ===
        1
    )
      at += 4;
    while (IS_DIGIT[json[at]!] === 1) at++;
  }
  if (json[at] !== LOWER_E && json[at] !== UPPER_E) return at;
  at++;
  if (json[at] === PLUS || json[at] === MINUS) at++;
  if (IS_DIGIT[json[at]!] !== 1) return -1;
  while (IS_DIGIT[json[at]!] === 1) at++;
  return at;
}
