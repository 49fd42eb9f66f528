import fc from 'fast-check';
import jsonata from 'jsonata';
import { NOT_DIRECT, compileDirect } from './direct.js';
import { Expression } from './expression.js';
import { TEXT_FUNCTIONS } from './host-functions.js';
import { parseLosslessJson } from '../protocol/json.js';

const NAMES = ['a', 'b', 'c', 'constructor', 'length', '`a b`'];
const name = fc.constantFrom(...NAMES);
const key = fc.constantFrom('a', 'b', 'c', 'a b', 'length', 'constructor', '__proto__');
const scalar = fc.oneof(
  fc.constantFrom(null, true, false, 0, 1, -1, 1.5, '', 'a', 'text', '1'),
  fc.string({ maxLength: 5 }),
);

/** JSON, with the names that expressions look for. */
const input = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    // Own keys only, whatever their names: as JSON.parse makes them.
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 4 })
      .map(
        (fields) =>
          JSON.parse(
            `{${fields.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join()}}`,
          ) as unknown,
      ),
  ),
})).value;

/** Expressions around those that are evaluated directly, with a few that are not. */
const source = fc.letrec<Record<'step' | 'path' | 'value' | 'object', string>>((tie) => ({
  step: fc.oneof(
    { weight: 6, arbitrary: name },
    { weight: 2, arbitrary: fc.tuple(name, fc.integer({ min: -2, max: 2 })).map(([n, i]) => `${n}[${i}]`) },
    { weight: 1, arbitrary: fc.constantFrom('a[]', '*', '$', '(b)') },
  ),
  path: fc
    .tuple(
      fc.constantFrom('', '', '', '$.', '$s.', '$l.', '$unknown.', '$$.'),
      fc.array(tie('step'), { minLength: 1, maxLength: 3 }),
    )
    .map(([start, steps]) => start + steps.join('.')),
  object: fc
    .array(fc.tuple(fc.constantFrom('x', 'y', '', '__proto__'), tie('value')), { maxLength: 3 })
    .map((fields) => `{${fields.map(([k, v]) => `${JSON.stringify(k)}: ${v}`).join(', ')}}`),
  value: fc.oneof(
    { depthSize: 'small' },
    { weight: 6, arbitrary: tie('path') },
    { weight: 2, arbitrary: scalar.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.constantFrom('$', '$s', '$n', '$l', '$unknown') },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie('value'), fc.constantFrom('=', '!='), tie('value'))
        .map((p) => `(${p.join(' ')})`),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie('value'), tie('value'), tie('value'))
        .map(([c, t, e]) => `(${c} ? ${t} : ${e})`),
    },
    { weight: 1, arbitrary: fc.tuple(tie('value'), tie('value')).map(([c, t]) => `(${c} ? ${t})`) },
    { weight: 2, arbitrary: tie('object') },
    {
      weight: 2,
      arbitrary: fc
        .tuple(tie('path'), tie('object'), fc.constantFrom('', '[]'))
        .map((p) => `${p[0]}.${p[1]}${p[2]}`),
    },
    { weight: 1, arbitrary: tie('value').map((value) => `$text(${value})`) },
    { weight: 1, arbitrary: tie('value').map((value) => `$json(${value})`) },
  ),
})).value;

const BINDINGS = { s: { a: 'x', b: { c: 1 }, l: [1] }, n: 5, l: [{ a: 1 }, { b: 'y' }], ...TEXT_FUNCTIONS };

/** As JSON, since the evaluator leaves marks on its lists. */
const jsonOf = (value: unknown): string | undefined => JSON.stringify(value);

describe('any expression on any input', () => {
  it('gives the same result as JSONata if it is evaluated directly', async () => {
    let direct = 0;
    await fc.assert(
      fc.asyncProperty(source, fc.array(input, { minLength: 1, maxLength: 4 }), async (text, inputs) => {
        const expression = jsonata(text);
        const evaluation = compileDirect(expression.ast());
        if (evaluation === undefined) return;
        for (const given of inputs) {
          const value = evaluation(given, BINDINGS);
          if (value === NOT_DIRECT) continue;
          direct += 1;
          expect(jsonOf(value)).toEqual(jsonOf(await expression.evaluate(given, BINDINGS)));
        }
      }),
      { numRuns: 3000 },
    );
    expect(direct).toBeGreaterThan(1000);
  });

  it('gives elsewhere what it gives here', async () => {
    await fc.assert(
      fc.asyncProperty(source, input, async (text, given) => {
        let here: string | undefined;
        try {
          here = jsonOf(await jsonata(text).evaluate(given, BINDINGS));
        } catch (error) {
          here = (error as { code: string }).code;
        }
        // An unused regular expression sends it to another process.
        const elsewhere = Expression.compile(`($contains("x", /x/); ${text})`);
        expect(elsewhere.needsEvaluator).toBe(true);
        const there = await elsewhere
          .evaluate(given, BINDINGS)
          .then(jsonOf, (error: Error) => /\((\w+)\)$/.exec(error.message)?.[1]);
        expect(there).toEqual(here);
      }),
      { numRuns: 200 },
    );
  });

  it('makes texts of integers exactly, or fails', async () => {
    const sources = ['"/jobs/" & n', '$string(n)', '$string({ "n": n })', '$join(["a", $string(n)], "/")'];
    const lanes = sources.flatMap((text) => [
      [text, Expression.compile(text)] as const,
      [text, Expression.compile(`($contains("x", /x/); ${text})`)] as const,
    ]);
    const integer = fc.oneof(
      fc.maxSafeInteger().map((n) => BigInt(n)),
      fc.bigInt({ min: 10n ** 14n, max: 10n ** 17n }),
      fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
    );
    await fc.assert(
      fc.asyncProperty(integer, async (n) => {
        const given = parseLosslessJson(`{"n":${n}}`);
        const isSafe = Number.isSafeInteger(Number(n));
        for (const [text, expression] of lanes) {
          const made = expression.evaluate(given);
          if (isSafe) expect([text, await made]).toEqual([text, expect.stringContaining(String(n))]);
          else await expect(made).rejects.toThrow('(ROUNDS)');
        }
      }),
      { numRuns: 100 },
    );
  });
});
