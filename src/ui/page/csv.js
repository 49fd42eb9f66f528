import { el } from './dom.js';

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
/** A program for tables reads such a text as a formula, spaces aside; in East Asia, full-width signs as well. */
const FORMULA = /^(?:[\t\r\n]|\s*[=+\-@＝＋－＠])/;
/** Of US dollars, exact to a billionth. */
const NANO_DIGITS = 9;

/** A table as RFC 4180 describes it; what is not known is empty. */
export function toCsv(rows) {
  const lines = rows.map((row) => COLUMNS.map((name) => cell(row[name])).join(','));
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}

function cell(value) {
  if (value === null || value === undefined) return '';
  // Never with an exponent.
  if (typeof value === 'number') return value.toFixed(NANO_DIGITS).replace(/\.?0+$/, '');
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Has the browser save a text as a file. The mark at its beginning says to programs for tables that it is UTF-8. */
export function save(name, text) {
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }));
  el('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
