import { type SecretSpelling, spellingsOf } from './secret-spellings.js';

const REDACTED = '[redacted]';

/** A letter or digit of a script that separates words by spaces. */
const WORD_CHARACTER = /^(?![\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}])[\p{L}\p{N}]$/u;

interface Starts {
  /** Spellings that begin with this character, for any second character. */
  readonly any: SecretSpelling[];
  /** By the second character. */
  readonly pairs: Map<number, SecretSpelling[]>;
}

/**
 * Finds secrets in text in any spelling. Built once per configuration. A search makes one pass over the text and
 * tries patterns only where the first two characters match those of a secret.
 */
export class SecretMatcher {
  readonly #starts = new Map<number, Starts>();
  #shortest = Infinity;

  constructor(secrets: Iterable<string>) {
    for (const secret of new Set(secrets)) {
      if (secret === '') continue;
      this.#shortest = Math.min(this.#shortest, secret.length);
      for (const spelling of spellingsOf(secret)) this.#add(spelling);
    }
  }

  /** Replaces the secrets in a text; overlapping ones count as one. */
  redact(text: string): string {
    if (text.length < this.#shortest) return text;
    let clean = '';
    let copiedTo = 0;
    let secretEnd = 0;
    for (let at = 0; at < text.length; at++) {
      const end = this.#endAt(text, at);
      if (end <= secretEnd) continue;
      if (at >= secretEnd) {
        clean += text.slice(copiedTo, at) + REDACTED;
      }
      secretEnd = end;
      copiedTo = end;
    }
    return copiedTo === 0 ? text : clean + text.slice(copiedTo);
  }

  /** Whether the text contains a secret. */
  finds(text: string): boolean {
    if (text.length < this.#shortest) return false;
    for (let at = 0; at < text.length; at++) if (this.#endAt(text, at) > 0) return true;
    return false;
  }

  #add(spelling: SecretSpelling): void {
    for (const { first, second } of spelling.starts) {
      const code = first.charCodeAt(0);
      let starts = this.#starts.get(code);
      if (starts === undefined) this.#starts.set(code, (starts = { any: [], pairs: new Map() }));
      if (second === undefined) {
        starts.any.push(spelling);
        continue;
      }
      const next = second.charCodeAt(0);
      const known = starts.pairs.get(next);
      if (known === undefined) starts.pairs.set(next, [spelling]);
      else known.push(spelling);
    }
  }

  /** End of the longest secret that begins at `at`; 0 if none does. */
  #endAt(text: string, at: number): number {
    const starts = this.#starts.get(text.charCodeAt(at));
    if (starts === undefined) return 0;
    const pairs = starts.pairs.get(text.charCodeAt(at + 1));
    const end = pairs === undefined ? 0 : longestAt(pairs, text, at);
    return starts.any.length === 0 ? end : Math.max(end, longestAt(starts.any, text, at));
  }
}

function longestAt(spellings: readonly SecretSpelling[], text: string, at: number): number {
  let longest = 0;
  for (const { pattern, isWholeWord } of spellings) {
    pattern.lastIndex = at;
    if (!pattern.test(text)) continue;
    const end = pattern.lastIndex;
    if (end > longest && !(isWholeWord && hasNeighbour(text, at, end))) longest = end;
  }
  return longest;
}

function hasNeighbour(text: string, from: number, to: number): boolean {
  return isInWord(text, from - 1) || isInWord(text, to);
}

function isInWord(text: string, at: number): boolean {
  return at >= 0 && at < text.length && WORD_CHARACTER.test(text[at]!);
}
