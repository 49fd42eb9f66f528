import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { basesFor, putValue } from './bases.js';
import { ROOT, refusedByCheck, refusedBySchema } from './check-and-schema.js';
import { ENV, everyPlace, type Place } from './places.js';
import { WRONG } from './wrong-configurations.js';

const PLACES = everyPlace();
const RUNS = 600;

/** What only `check` can know, as the documents list it. */
const ONLY_CHECK: Readonly<Record<string, (value: unknown, message: string) => boolean>> = {
  'the values of placeholders': (value) => JSON.stringify(value).includes('${'),
  'references to models and teams, and duplicates': (_, message) =>
    /^unknown (model|team)|already in this list|duplicate|the same (key|header)|is the model itself|disabled/.test(
      message,
    ),
  files: (_, message) => /the file /.test(message),
  'the inner form of texts: expressions, patterns, dates, time zones, header names, addresses, bounds of sizes':
    (_, message) =>
      /JSONata|regular expression|legal header name|set by the gateway|expressions can use|reserved name|time zone|a date such|address|ASCII|header value|unbalanced|decimals|US dollars|a size such as/.test(
        message,
      ),
  'rules that concern several keys, such as a token or a login, and blocks without content': (_, message) =>
    /^requires|cannot be combined|is required with|expected both|missing|no effect without|is empty|no price|no login|no credential|a weight above|contradicts|exactly one|also set on|no model|no key/.test(
      message,
    ),
};

const change = fc
  .record({ place: fc.constantFrom(...PLACES), at: fc.nat() })
  .map(({ place, at }) => ({ place, value: place.values[at % place.values.length] }));
type Change = { readonly place: Place; readonly value: unknown };

/** Every configuration that some changes can make of the valid ones. */
function changed(changes: readonly Change[]): Record<string, unknown>[] {
  return basesFor(changes[0]!.place.path).map((config) => {
    for (const { place, value } of changes) putValue(config, place.path, place.block, structuredClone(value));
    return config;
  });
}

describe('check and the schema', () => {
  it('find the keys of every block by themselves', () => {
    const paths = PLACES.map(({ path }) => path.join('.'));
    for (const path of [
      'server.port',
      'auth.teams.0.limits.budget.usd',
      'models.request.0.login.steps.0.keep',
    ])
      expect(paths).toContain(path);
    expect(paths.length).toBeGreaterThan(350);
  });

  it('agree: the schema accepts every file that check accepts', () => {
    let accepted = 0;
    const agree = fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
      for (const config of changed(changes)) {
        if (refusedByCheck(config, ENV).length > 0) continue;
        accepted++;
        expect(refusedBySchema(config)).toEqual([]);
      }
    });
    // About one configuration in fifteen is accepted.
    for (let round = 0; round < 3 && accepted <= RUNS / 20; round++) fc.assert(agree, { numRuns: RUNS });
    expect(accepted).toBeGreaterThan(RUNS / 20);
  });

  it('differ in what the documents list, and in nothing else', () => {
    fc.assert(
      fc.property(change, ({ place, value }) => {
        const configs = changed([{ place, value }]);
        const refusals = configs.map((config) => refusedByCheck(config, ENV));
        if (refusals.some((problems) => problems.length === 0)) return;
        for (const [at, config] of configs.entries()) {
          if (refusedBySchema(config).length > 0) continue;
          const unknown = refusals[at]!.filter(
            ({ message }) => !Object.values(ONLY_CHECK).some((isKnown) => isKnown(value, message)),
          );
          expect([place.path.join('.'), unknown]).toEqual([place.path.join('.'), []]);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it.each(WRONG)('both refuse %s', (_, config) => {
    expect(refusedBySchema(config)).not.toEqual([]);
    expect(refusedByCheck(config)).not.toEqual([]);
  });

  it('differ in what the documents list', () => {
    const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
    for (const kind of Object.keys(ONLY_CHECK)) expect(page).toContain(`- ${kind}`);
  });
});
