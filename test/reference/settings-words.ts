import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The languages of the documents. */
export type Language = 'en' | 'zh';

/** Chinese for each English text of the code, by the text. */
const CHINESE = new Map(
  Object.entries(
    JSON.parse(readFileSync(join(import.meta.dirname, 'settings.zh.json'), 'utf8')) as Record<string, string>,
  ),
);

/** What rules expect, with the parts that differ from rule to rule. */
const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/^a whole number of at least (\S+)$/, '不小于 $1 的整数'],
  [/^a whole number from (\S+) to (\S+)$/, '$1 到 $2 的整数'],
  [/^a number from (\S+) to (\S+)$/, '$1 到 $2 的数'],
  [/^a number above (\S+)$/, '大于 $1 的数'],
  [/^a number of seconds from (\S+) to (\S+)$/, '秒数，$1 到 $2'],
  [
    /^a number of US dollars from (\S+) to (\S+) with at most (\S+) decimals$/,
    '美元金额，$1 到 $2，最多 $3 位小数',
  ],
  [/^US dollars, a number above (\S+) and at most (\S+)$/, '美元金额，大于 $1，最大 $2'],
  [
    /^a size such as (\S+) or a whole number of bytes from (\S+) to (\S+)$/,
    '大小，例如 $1，或整数字节数；$2 到 $3',
  ],
];
const BYTES_PHRASE = /^(a size such as .+ from )(\d+)( to )(\d+)$/;
const WORDS_PHRASE = /^(one|some) of (.+)$/;
/** Quoted texts and addresses, except in parentheses. */
const LITERALS = /"([^"]*)"|(?<![\w:/@])(?!https?:\/\/ )([a-z]+:\/\/[^\s,]+)/g;

/** Writes the texts of the code in one language, and notes the English ones that it met. */
export class SettingsWords {
  /** English texts met, phrases left out. */
  readonly met = new Set<string>();

  constructor(readonly language: Language) {}

  /** A sentence of a doc comment. */
  text(english: string): string {
    if (english === '') return '';
    this.met.add(english);
    return this.language === 'en' ? english : (CHINESE.get(english) ?? english);
  }

  /** What a rule expects, with what is to be typed as code. */
  expected(english: string): string {
    const [, many = '', words] = WORDS_PHRASE.exec(english) ?? [];
    if (words !== undefined) {
      const list = words.split(', ').map((word) => `\`${word}\``);
      if (this.language === 'en') return `${many} of ${list.join(', ')}`;
      return `${many === 'one' ? '以下之一：' : '以下一个或多个：'}${list.join('、')}`;
    }
    const sized = english.replace(
      BYTES_PHRASE,
      (_all, head: string, from: string, to: string, most: string) =>
        [head, sizeText(Number(from)), to, sizeText(Number(most))].join(''),
    );
    return asCode(this.#phrase(sized));
  }

  #phrase(english: string): string {
    if (this.language === 'en') return english;
    const phrase = PHRASES.find(([pattern]) => pattern.test(english));
    return phrase === undefined ? this.text(english) : english.replace(...phrase);
  }
}

/** The Chinese texts that do not have the code of the English ones. */
export function textsWithOtherCode(): string[] {
  const codeIn = (text: string) => [...new Set(text.match(/`[^`]+`/g))].toSorted().join(' ');
  return [...CHINESE]
    .filter(([english, chinese]) => codeIn(english) !== codeIn(chinese))
    .map(([text]) => text);
}

/** The Chinese texts whose English no longer is in the code. */
export function unusedTexts(met: ReadonlySet<string>): string[] {
  return [...CHINESE.keys()].filter((english) => !met.has(english));
}

/** The English texts without a Chinese one. */
export function missingTexts(met: ReadonlySet<string>): string[] {
  return [...met].filter((english) => !CHINESE.has(english));
}

/** A number of bytes as the YAML may say it: `32mb`. */
export function sizeText(bytes: number): string {
  const units = ['', 'kb', 'mb', 'gb'];
  let [size, at] = [bytes, 0];
  for (; size >= 1024 && size % 1024 === 0 && at < units.length - 1; at += 1) size /= 1024;
  return `${size}${units[at]}`;
}

function asCode(phrase: string): string {
  return phrase.replaceAll(LITERALS, (_all, quoted: string | undefined, address: string | undefined) => {
    return `\`${quoted ?? address}\``;
  });
}
