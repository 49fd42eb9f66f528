/**
 * A shorter secret may be an ordinary word: it is masked only as a whole word, and a value that is only presumed secret
 * is not masked at all.
 */
export const SHORTEST_SECRET = 6;
/** The base64 and hexadecimal forms of shorter secrets would match ordinary words and numbers. */
const SHORTEST_ENCODED = 4;
const PADDING = '(?:=|%(?:25)?3[Dd]){0,2}';

/** One spelling of a secret. */
export interface SecretSpelling {
  /** A sticky pattern. */
  readonly pattern: RegExp;
  /** Possible first and second code units; `second` undefined: any. */
  readonly starts: readonly { readonly first: string; readonly second?: string }[];
  /** Must not touch another letter or digit. */
  readonly isWholeWord: boolean;
}

/**
 * Every spelling in which a service may echo a secret: plain, percent-encoded (also twice, and as a form), with JSON or
 * HTML escapes, in hexadecimal, and in base64 of either alphabet, alone or as part of a longer text such as
 * `user:password`. One pattern covers mixtures, because services differ in what they escape.
 */
export function spellingsOf(secret: string): SecretSpelling[] {
  const isWholeWord = secret.length < SHORTEST_SECRET;
  const spellings = [spelling(Array.from(secret).map(escapable), isWholeWord)];
  // Encoders that escape every character.
  for (const [escape, form] of [
    ['%', percent],
    ['\\', unicode],
  ] as const) {
    const units = Array.from(secret).map((each) => ({ source: form(each), starts: [escape], whole: [] }));
    spellings.push(spelling(units, false));
  }
  if (secret.length < SHORTEST_ENCODED) return spellings;
  const bytes = Buffer.from(secret);
  spellings.push(spelling(Array.from(bytes.toString('hex')).map(anyCase), isWholeWord));
  if (isWholeWord) {
    spellings.push(spelling(Array.from(unpadded(bytes)).map(base64Unit), true, PADDING));
    return spellings;
  }
  for (const before of [0, 1, 2]) {
    const text = unpadded(Buffer.concat([Buffer.alloc(before), bytes]));
    // The first and last characters also contain bits of their neighbours.
    const bits = (before + bytes.length) * 8;
    const units = Array.from(text.slice(Math.ceil((before * 8) / 6), Math.floor(bits / 6))).map(base64Unit);
    spellings.push(spelling(units, false, bits % 6 === 0 ? PADDING : `[A-Za-z0-9+/_-]?${PADDING}`));
  }
  return spellings;
}

interface Unit {
  /** Regular expression source. */
  readonly source: string;
  /** The possible first characters. */
  readonly starts: readonly string[];
  /** First characters that are a whole unit by themselves; after any other, the unit continues. */
  readonly whole: readonly string[];
}

function spelling(units: readonly Unit[], isWholeWord: boolean, end = ''): SecretSpelling {
  const [first, second] = units;
  const starts = first!.starts.flatMap((character) =>
    second !== undefined && first!.whole.includes(character)
      ? second.starts.map((next) => ({ first: character, second: next }))
      : [{ first: character }],
  );
  const source = units.map((unit) => unit.source).join('');
  return { pattern: new RegExp(source + end, 'y'), starts, isWholeWord };
}

function plain(character: string): Unit {
  return { source: character, starts: [character], whole: [character] };
}

/** A letter or digit is literal; any other character may be escaped. */
function escapable(character: string): Unit {
  if (/[A-Za-z0-9]/.test(character)) return plain(character);
  const code = character.codePointAt(0)!;
  const own = character === '\\' ? '\\\\{1,8}' : `\\\\{0,4}${escaped(character)}`;
  const forms = [own, percent(character), unicode(character), html(code)];
  const letter = JSON_LETTERS[character];
  if (letter !== undefined) forms.push(`\\\\{1,4}${letter}`);
  if (character === ' ') forms.push('\\+');
  return {
    source: `(?:${forms.join('|')})`,
    starts: [...new Set([character[0]!, '\\', '%', '&', ...(character === ' ' ? ['+'] : [])])],
    whole: character.length === 1 && !'\\%&'.includes(character) ? [character] : [],
  };
}

const JSON_LETTERS: Readonly<Record<string, string>> = {
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
};
const HTML_NAMES: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
};

function percent(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%(?:25){0,2}${hex(byte, 2)}`).join('');
}

function unicode(character: string): string {
  return character
    .split('')
    .map((unit) => `\\\\{1,4}u${hex(unit.charCodeAt(0), 4)}`)
    .join('');
}

function html(code: number): string {
  const name = HTML_NAMES[String.fromCodePoint(code)];
  const names = name === undefined ? '' : `${name}|`;
  return `&(?:amp;){0,2}(?:${names}#0{0,4}${code}|#[xX]0{0,4}${hex(code, 1)});`;
}

/** A pattern for hexadecimal digits of either case. */
function hex(code: number, length: number): string {
  return code
    .toString(16)
    .padStart(length, '0')
    .replaceAll(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}

function anyCase(digit: string): Unit {
  const upper = digit.toUpperCase();
  return upper === digit ? plain(digit) : either([digit, upper]);
}

function either(characters: readonly string[]): Unit {
  return { source: `[${characters.map(escaped).join('')}]`, starts: characters, whole: characters };
}

/** Base64 has two alphabets, and its special characters may be escaped like any other. */
function base64Unit(character: string): Unit {
  if (character !== '+' && character !== '/') return plain(character);
  const other = character === '+' ? '-' : '_';
  const { source, starts } = escapable(character);
  return { source: `(?:${source}|${other})`, starts: [...starts, other], whole: [character, other] };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

function escaped(character: string): string {
  return character.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
