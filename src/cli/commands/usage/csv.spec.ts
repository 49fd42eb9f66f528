import { join } from 'node:path';
import { type Figures } from '../../../usage/figures/figures.js';
import { csvOf } from './csv.js';

/** A module of the page, which has no types. */
const PAGE_CSV = join(import.meta.dirname, '../../../ui/page/usage/csv.js');

const COUNTED = {
  requests: 1,
  errors: 0,
  prompt_tokens: 20,
  cached_tokens: 0,
  cache_write_tokens: 3,
  completion_tokens: 100,
  reasoning_tokens: 0,
  estimated_requests: 0,
  uncounted_requests: 0,
  unpriced_requests: 0,
};
const rowOf = (key: string, cost_usd: number | null = null) => ({ ...COUNTED, key, cost_usd }) as Figures;
const byCommand = (row: Figures) => csvOf([row], ['key']).split('\r\n')[1]!;
let toCsv: (rows: readonly Figures[]) => string;
const byPage = (row: Figures) => toCsv([row]).split('\r\n')[1]!;

beforeAll(async () => {
  ({ toCsv } = (await import(PAGE_CSV)) as { toCsv: typeof toCsv });
});

describe.each([
  ['the command', byCommand, ''],
  ['the dashboard', byPage, ',,'],
])('a table of %s', (_, lineOf, before) => {
  it.each(['=1+1', '+1', '-1', '@SUM(1)', '  =1', '＝1+1', '＋1', '－1', '＠SUM(1)', '　＝1', '\t1'])(
    'has %j as a text, not as a formula',
    (name) => {
      expect(lineOf(rowOf(name)).replace(/^,*"?/, '')).toMatch(/^'/);
    },
  );

  it.each(['a=1', 'team-b', '1', 'x@y.example'])('leaves %j as it is', (name) => {
    expect(lineOf(rowOf(name)).startsWith(`${before}${name},`)).toBe(true);
  });

  it('has a small cost without an exponent, and none that is unknown', () => {
    expect(lineOf(rowOf('a', 0.0000005))).toMatch(/,0\.0000005$/);
    expect(lineOf(rowOf('a', 120))).toMatch(/,0,120$/);
    expect(lineOf(rowOf('a'))).toMatch(/,0,$/);
  });

  it('quotes what a table could misread', () => {
    expect(lineOf(rowOf('a,"b"'))).toContain('"a,""b""",');
  });
});
