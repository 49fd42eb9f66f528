import { el } from '../dom.js';

const COLUMNS = [
  'day',
  'team',
  'key',
  'model',
  'requests',
  'errors',
  'prompt_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'completion_tokens',
  'reasoning_tokens',
  'estimated_requests',
  'uncounted_requests',
  'unpriced_requests',
  'cost_usd',
];
/**
 * Spreadsheets read a text that begins like this as a formula, even after spaces; in East Asia,
 * also with full-width signs.
 */
const FORMULA = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/;
/** For US dollars, exact to a billionth. */
const NANO_DIGITS = 9;

/** A table as RFC 4180 describes it; unknown values are empty. */
export function toCsv(rows) {
  const lines = rows.map((row) => COLUMNS.map((name) => cell(row[name])).join(','));
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}

function cell(value) {
  if (value === null || value === undefined) return '';
  // `toFixed` never writes an exponent.
  if (typeof value === 'number') return value.toFixed(NANO_DIGITS).replace(/\.?0+$/, '');
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Makes the browser save a text as a file. The byte order mark at its start tells spreadsheets that
 * it is UTF-8.
 */
export function save(name, text) {
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
  el('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
