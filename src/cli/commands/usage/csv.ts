import { COUNTS, type Figures } from '../../../usage/figures/figures.js';

const NANO_DIGITS = 9;
/**
 * Spreadsheets read a text that begins like this as a formula, even after spaces; in East Asia,
 * also with full-width signs.
 */
const LIKE_A_FORMULA = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/**
 * Figures as CSV according to RFC 4180, with a header line; unknown and inapplicable values are
 * empty.
 */
export function csvOf(rows: readonly Figures[], groupBy: readonly string[]): string {
  const lines = rows.map((row) => [
    ...groupBy.map((name) => textCell(row[name as keyof Figures])),
    ...COUNTS.map((name) => String(row[name])),
    row.cost_usd === null ? '' : usd(row.cost_usd),
  ]);
  return [[...groupBy, ...COUNTS, 'cost_usd'], ...lines].map((line) => `${line.join(',')}\r\n`).join('');
}

function textCell(value: string | number | null | undefined): string {
  const text = String(value ?? '');
  const harmless = LIKE_A_FORMULA.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Exact to a billionth, without an exponent. */
function usd(value: number): string {
  return value.toFixed(NANO_DIGITS).replace(/\.?0+$/, '');
}
