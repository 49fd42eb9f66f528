const LONGEST_WORD = 40;

/** Unifies spellings of other tools: camelCase, kebab-case, spaces. */
function normalise(word: string): string {
  return word
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/[-\s.]+/g, '_')
    .toLowerCase();
}

/** Number of single-letter edits; a swap of neighbours counts as one. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** What the forms of an English word have in common: `retries` and `retry`, `logs` and `logging`. */
function stem(word: string): string {
  return word
    .replace(/ies$/, 'y')
    .replace(/s$/, '')
    .replace(/(.)\1ing$|ing$/, '$1')
    .replace(/e$/, '');
}

function onlyOne(candidates: readonly string[]): string | undefined {
  return candidates.length === 1 ? candidates[0] : undefined;
}

/** The candidate that was probably meant; undefined when none is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > LONGEST_WORD) return undefined;
  const wanted = normalise(word);
  const form = wanted === '' ? undefined : candidates.find((item) => stem(item) === stem(wanted));
  if (form !== undefined) return form;
  let best: { candidate: string; rank: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate);
    const longest = Math.max(wanted.length, candidate.length);
    // An edit as long as the word itself would match anything.
    const isNear = distance < longest && distance <= Math.max(1, Math.floor(longest / 3));
    // Of equals, a swapped or mistyped letter is likelier than a lost one.
    const rank = distance + (candidate.length === wanted.length ? 0 : 0.5);
    if (isNear && (best === undefined || rank < best.rank)) best = { candidate, rank };
  }
  if (best !== undefined) return best.candidate;
  const longer = candidates.filter((item) => item.startsWith(`${wanted}_`) || item.endsWith(`_${wanted}`));
  const words = wanted.split('_');
  return onlyOne(longer) ?? onlyOne(candidates.filter((item) => words.includes(item)));
}

/** Ends a message about an unknown word: `did you mean "x"?`, or the list of known words. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const candidate = nearest(word, candidates);
  return candidate === undefined
    ? `expected one of ${candidates.join(', ')}`
    : `did you mean "${candidate}"?`;
}
