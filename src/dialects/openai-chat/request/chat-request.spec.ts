import { OPENAI_CHAT } from '../openai-chat.js';

const MESSAGES = '"messages":[{"role":"user","content":"hi"}]';

const parse = (text: string) => OPENAI_CHAT.parse(Buffer.from(text));

/** Replacing bytes must give the same as parsing, changing and stringifying. */
function expectSameAsRebuilding(text: string, model: string): void {
  const changed = parse(text).bodyFor(model).toString();
  const expected = JSON.parse(text) as Record<string, unknown>;
  expected['model'] = model;
  // As text: jest's own comparison cannot go hundreds of levels deep.
  expect(JSON.stringify(JSON.parse(changed))).toBe(JSON.stringify(expected));
}

const LIMITS = { depth: 10, values: Infinity };

describe('ChatRequest', () => {
  it.each([
    `{"model":"a",${MESSAGES}}`,
    `  {\n "model"\t:\r\n"a" ,\n${MESSAGES} }  `,
    `{${MESSAGES},"model":"a"}`,
    `{"mod\\u0065l":"a",${MESSAGES}}`,
    `{"x":"}\\"{[\\\\","model":"a\\\\\\"b",${MESSAGES}}`,
    `{"x":{"model":"no","y":["model",{"model":[]}]},"model":"a",${MESSAGES}}`,
    `{"numbers":[1.0,-0,1e5,12345678901234567890],"t":true,"f":false,"n":null,"model":"a",${MESSAGES}}`,
    `{"":1,"model":"","模型":"x","model ":1,${MESSAGES}}`.replace('"model":""', '"model":"模🙂"'),
    `{"deep":${'['.repeat(500)}${']'.repeat(500)},"model":"a",${MESSAGES}}`,
    `{"model":"a",${MESSAGES},"empty":{},"list":[],"nested":[[],[{}]]}`,
  ])('replaces the model as if the body had been rebuilt: %#', (text) => {
    expectSameAsRebuilding(text, 'b');
    expectSameAsRebuilding(text, 'a much longer name / 更长的 "名字" \\ 🙂');
  });

  it('leaves the body alone when nothing changes', () => {
    const body = Buffer.from(`{"model":"a",${MESSAGES}}`);
    expect(OPENAI_CHAT.parse(body).bodyFor('a')).toBe(body);
    expect(
      OPENAI_CHAT.parse(Buffer.from(`{"model":"a",${MESSAGES},"max_tokens":1}`))
        .bodyFor('a', { field: 'max_tokens', value: 5 })
        .toString(),
    ).not.toContain('5');
  });

  it('adds a limit of new tokens beside the model', () => {
    const changed = parse(`{"model":"a",${MESSAGES}}`).bodyFor('b', { field: 'max_tokens', value: 5 });
    expect(JSON.parse(changed.toString())).toMatchObject({ model: 'b', max_tokens: 5 });
  });

  it('knows what the relay needs to know', () => {
    expect(parse(`{"model":"a",${MESSAGES}}`)).toMatchObject({
      isStream: false,
      choiceCount: 1,
      wantsUsage: false,
    });
    expect(
      parse(`{"model":"a",${MESSAGES},"stream":true,"n":3,"stream_options":{"include_usage":true}}`),
    ).toMatchObject({ isStream: true, choiceCount: 3, wantsUsage: true });
    expect(parse(`{"model":"a",${MESSAGES},"n":"many"}`)).toMatchObject({ choiceCount: 1 });
  });

  it('does not take inherited names for fields', () => {
    expect(() => parse(`{"__proto__":{"model":"a"},${MESSAGES}}`)).toThrow(
      "Missing required parameter: 'model'.",
    );
  });

  it.each(['model', 'messages', 'stream', 'max_tokens', 'max_completion_tokens'])(
    'refuses a second %s',
    (name) => {
      const value = name === 'messages' ? '[{"role":"user"}]' : name === 'model' ? '"a"' : 'null';
      const field = `"${name}":${value}`;
      const once = `{"model":"a",${MESSAGES}}`;
      const text = once.includes(`"${name}"`)
        ? `${once.slice(0, -1)},${field}}`
        : `${once.slice(0, -1)},${field},${field}}`;
      expect(() => parse(text)).toThrow(`The field '${name}' occurs twice.`);
    },
  );

  it.each([
    ['a small body', ''],
    ['a large one, which is counted before it is built', 'x'.repeat(100_000)],
  ])('takes the deepest nesting that is allowed, and none deeper: %s', (_size, pad) => {
    const nested = (levels: number) =>
      Buffer.from(
        `{"model":"a",${MESSAGES},"pad":"[\\"${pad}","x":${'['.repeat(levels)}"["${']'.repeat(levels)}}`,
      );
    expect(OPENAI_CHAT.parse(nested(9), LIMITS).model).toBe('a');
    expect(() => OPENAI_CHAT.parse(nested(10), LIMITS)).toThrow(
      'The request body is nested deeper than 10 levels.',
    );
  });

  it.each([
    ['a small body', ''],
    ['a large one', 'x'.repeat(100_000)],
  ])('takes as many values as are allowed, keys included, and none more: %s', (_size, pad) => {
    const limits = { depth: 10, values: 29 };
    // 13 without those in `x`: the body, its 4 keys, "a", the list, the message, its 2 keys and 2 values, `pad`.
    const withValues = (x: string) =>
      Buffer.from(`{"model":"a","messages":[{"role":"user","content":"hi"}],"pad":"{},,:${pad}","x":${x}}`);
    expect(OPENAI_CHAT.parse(withValues(`[${'0,'.repeat(14)}{ }]`), limits).model).toBe('a');
    for (const x of [`[${'0,'.repeat(15)}{ }]`, `[${'[0],'.repeat(8)}0]`]) {
      expect(() => OPENAI_CHAT.parse(withValues(x), limits)).toThrow(
        'The request body has more than 29 JSON values (server.json_values_limit).',
      );
    }
  });

  it('names the byte order mark that some editors write', () => {
    expect(() => parse(`\ufeff{"model":"a",${MESSAGES}}`)).toThrow('it begins with a byte order mark');
    expect(() => parse('{')).toThrow(
      'The request body is not valid JSON: it ends too early, at line 1, column 2.',
    );
  });

  it.each([
    [`{${MESSAGES}}`, 'missing_required_parameter', 'model', "Missing required parameter: 'model'."],
    [`{"model":{},${MESSAGES}}`, 'invalid_type', 'model', "'model' must be a string, not an object."],
    [`{"model":"",${MESSAGES}}`, 'invalid_value', 'model', "'model' must not be empty."],
    ['{"model":"a"}', 'missing_required_parameter', 'messages', "Missing required parameter: 'messages'."],
    [
      '{"model":"a","messages":"hi"}',
      'invalid_type',
      'messages',
      "'messages' must be an array, not a string.",
    ],
    [
      '{"model":"a","messages":[]}',
      'invalid_value',
      'messages',
      "'messages' must hold at least one message.",
    ],
    [
      '{"model":"a","messages":[ ]}',
      'invalid_value',
      'messages',
      "'messages' must hold at least one message.",
    ],
    [
      '{"model":"a","messages":[{"role":"user"},[]]}',
      'invalid_type',
      'messages[1]',
      "'messages[1]' must be an object, not an array.",
    ],
    [
      '{"model":"a","messages":[{"role":"user"},{"x":{"role":"user"}}]}',
      'missing_required_parameter',
      'messages[1].role',
      "Missing required parameter: 'messages[1].role'.",
    ],
    [
      '{"model":"a","messages":[{"role":true}]}',
      'invalid_type',
      'messages[0].role',
      "'messages[0].role' must be a string, not a boolean.",
    ],
    [
      `{"model":"a",${MESSAGES},"stream":1}`,
      'invalid_type',
      'stream',
      "'stream' must be a boolean or null, not a number.",
    ],
    [
      `{"model":"a",${MESSAGES},"max_tokens":"1"}`,
      'invalid_type',
      'max_tokens',
      "'max_tokens' must be a positive integer or null, not a string.",
    ],
    [
      `{"model":"a",${MESSAGES},"max_completion_tokens":0.5}`,
      'invalid_value',
      'max_completion_tokens',
      "'max_completion_tokens' must be a positive integer or null.",
    ],
    ['[1]', 'invalid_type', undefined, 'The request body must be a JSON object.'],
  ])('names the field at fault: %s', (text, code, param, message) => {
    let error: unknown;
    try {
      parse(text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code, message });
    expect((error as { param?: string | null }).param ?? undefined).toBe(param);
  });
});
