import fc from 'fast-check';
import { InvalidRequestError } from '../../../errors/caller-errors.js';
import { type ChatRequest } from './chat-request.js';
import { OPENAI_CHAT } from '../openai-chat.js';

/** Without unpaired surrogates, which UTF-8 cannot hold. */
const isWhole = (text: string): boolean => Buffer.from(text).toString() === text;

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
/** Text that is awkward in JSON: quotes, backslashes, braces, line separators, unpaired surrogates. */
const words = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(
    'model',
    'messages',
    '"}{',
    '\\',
    '\\\\"',
    '\u2028',
    '模型🙂',
    '__proto__',
    'constructor',
    '',
  ),
);

/** A string as JSON, each character plain or escaped. */
function written(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(text, fc.array(fc.boolean(), { maxLength: 10 })).map(([value, escapes]) => {
    const units = Array.from({ length: value.length }, (_, index) => value[index]!);
    const hasHalves = !isWhole(value);
    const parts = units.map((unit, index) => {
      const isEscaped = escapes[index % Math.max(1, escapes.length)] === true || hasHalves;
      return isEscaped
        ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
        : JSON.stringify(unit).slice(1, -1);
    });
    // The two halves of a surrogate pair, one plain and one escaped, would not be UTF-8.
    const text = parts.join('');
    return `"${isWhole(text) ? text : JSON.stringify(value).slice(1, -1)}"`;
  });
}

const literal = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    'false',
    '0',
    '-0',
    '1.0',
    '1e5',
    '-1E+2',
    '12345678901234567890',
    '0.1000',
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
);

const { json } = fc.letrec<{ json: string; list: string; object: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    literal,
    written(words),
    tie('list'),
    tie('object'),
  ),
  list: fc
    .tuple(fc.array(tie('json'), { maxLength: 4 }), space)
    .map(([items, gap]) => `[${gap}${items.join(`${gap},`)}${gap}]`),
  object: fc
    .tuple(fc.array(fc.tuple(written(words), tie('json')), { maxLength: 4 }), space)
    .map(
      ([entries, gap]) => `{${entries.map(([key, value]) => `${gap}${key}:${gap}${value}`).join(',')}${gap}}`,
    ),
}));

const OWN = ['model', 'messages', 'stream', 'max_tokens', 'max_completion_tokens'];
/** A field that the gateway does not read; the same one may come twice. */
const otherField = fc.tuple(written(words), json).filter(([key]) => !OWN.includes(JSON.parse(key) as string));
const messages = fc.tuple(fc.array(otherField, { maxLength: 2 }), written(words)).map(([extra, role]) => {
  const fields = extra.filter(([key]) => JSON.parse(key) !== 'role').map(([key, value]) => `${key}:${value}`);
  return `[{${[...fields, `"role":${role}`].join(',')}}]`;
});
const limits = fc.uniqueArray(
  fc.tuple(fc.constantFrom('max_tokens', 'max_completion_tokens'), fc.constantFrom('null', '1', '4096')),
  { maxLength: 2, selector: ([name]) => name },
);

/** A body in three parts, the value of `model` being the middle one. */
const body = fc
  .record({
    model: written(words.filter((name) => name !== '' && isWhole(name))),
    key: written(fc.constant('model')),
    messages,
    limits,
    others: fc.array(otherField, { maxLength: 5 }),
    place: fc.nat(),
    gaps: fc.array(space, { minLength: 1, maxLength: 4 }),
  })
  .map(({ model, key, messages: list, limits: own, others, place, gaps }) => {
    const fields: (readonly [string, string])[] = [...others, ['"messages"', list]];
    for (const [name, value] of own) fields.splice(place % (fields.length + 1), 0, [`"${name}"`, value]);
    const at = place % (fields.length + 1);
    const gap = (index: number): string => gaps[index % gaps.length]!;
    const write = ([name, value]: readonly [string, string], index: number): string =>
      `${gap(index)}${name}${gap(index + 1)}:${gap(index + 2)}${value}${gap(index + 3)}`;
    const before = fields.slice(0, at).map(write);
    const after = fields.slice(at).map(write);
    return {
      before: `${gap(1)}{${before.map((field) => `${field},`).join('')}${gap(0)}${key}${gap(2)}:${gap(3)}`,
      model,
      after: `${gap(1)}${after.map((field) => `,${field}`).join('')}}${gap(2)}`,
      hasLimit: own.some(([, value]) => value !== 'null'),
      hasNull: own.some(([, value]) => value === 'null'),
    };
  });

describe('the bytes that go upstream', () => {
  it('are those that came, but for the model and a limit that was missing', () => {
    const added = { field: 'max_tokens', value: 4096 };
    fc.assert(
      fc.property(
        body,
        words.filter((name) => name !== '' && isWhole(name)),
        fc.boolean(),
        ({ before, model, after, hasLimit, hasNull }, name, addsLimit) => {
          const upstreamModel = name;
          const bytes = Buffer.from(before + model + after);
          const request = OPENAI_CHAT.parse(bytes);
          expect(request.model).toBe(JSON.parse(model));
          const changed = request.bodyFor(upstreamModel, addsLimit ? added : undefined).toString();
          const isSame = upstreamModel === request.model && (hasLimit || !addsLimit);
          const inserted = isSame
            ? model
            : JSON.stringify(upstreamModel) + (addsLimit && !hasLimit ? ',"max_tokens":4096' : '');
          const takesPlaceOfNull = addsLimit && !hasLimit && hasNull;
          if (!takesPlaceOfNull) expect(changed).toBe(before + inserted + after);

          // The same without bytes: parse, change, stringify. Compared as text, where the order of fields
          // counts too.
          const rebuilt = JSON.parse(bytes.toString()) as Record<string, unknown>;
          rebuilt['model'] = upstreamModel;
          const parsed = JSON.parse(changed) as Record<string, unknown>;
          if (addsLimit && !hasLimit) {
            expect(parsed['max_tokens']).toBe(4096);
            expect(Object.hasOwn(parsed, 'max_completion_tokens')).toBe(false);
            for (const fields of [parsed, rebuilt]) {
              delete fields['max_tokens'];
              delete fields['max_completion_tokens'];
            }
          }
          expect(JSON.stringify(parsed)).toBe(JSON.stringify(rebuilt));
          expect(OPENAI_CHAT.parse(Buffer.from(changed)).model).toBe(upstreamModel);
        },
      ),
    );
  });

  it('are refused if a field that the gateway reads comes twice, in any notation', () => {
    const twice = fc
      .constantFrom(...OWN)
      .chain((name) => fc.tuple(fc.constant(name), written(fc.constant(name))));
    fc.assert(
      fc.property(body, twice, ({ before, model, after }, [name, key]) => {
        const value = name === 'messages' ? '[{"role":"user"}]' : name === 'model' ? '"other"' : 'null';
        const end = after.lastIndexOf('}');
        const first = OWN.slice(0, 2).includes(name) ? '' : `,"${name}":${value}`;
        const text = `${before}${model}${after.slice(0, end)}${first},${key}:${value}${after.slice(end)}`;
        expect(() => OPENAI_CHAT.parse(Buffer.from(text))).toThrow(InvalidRequestError);
      }),
    );
  });

  it('are right or refused, for any bytes of the client', () => {
    const spoilt = fc.tuple(
      body,
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 }),
    );
    fc.assert(
      fc.property(spoilt, ([{ before, model, after }, changes]) => {
        const bytes = Buffer.from(before + model + after);
        for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
        let request: ChatRequest;
        try {
          request = OPENAI_CHAT.parse(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequestError);
          return;
        }
        const rebuilt = JSON.parse(bytes.toString()) as Record<string, unknown>;
        rebuilt['model'] = 'upstream';
        const changed = JSON.parse(request.bodyFor('upstream').toString()) as unknown;
        expect(JSON.stringify(changed)).toBe(JSON.stringify(rebuilt));
      }),
    );
  });

  it('may be nested as deep as a body can be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.constantFrom('[', '{"a":'), (depth, open) => {
        const close = open === '[' ? ']' : '}';
        const deep = `${open.repeat(depth)}0${close.repeat(depth)}`;
        const before = `{"deep":${deep},"messages":[{"role":"user"}],"model":`;
        const changed = OPENAI_CHAT.parse(Buffer.from(`${before}"a"}`)).bodyFor('b');
        expect(changed.toString() === `${before}"b"}`).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});
