import { loadText, problemsOf, refusalOf } from '../../../../test/fixtures/config/load-text.js';
import {
  AUTH,
  expectRefusals,
  type Mistake,
  mistake,
  MODELS,
  SECRET,
} from '../../../../test/fixtures/config/mistake.js';

/** A mistake in the sixth line, or those after it. */
const inModel = (what: string, lines: string, problem: string): Mistake => {
  const own = lines.replace(/^/gm, '      ');
  return mistake(
    what,
    `${AUTH}\nmodels:\n  openai:\n    - name: m\n      base_url: "https://x.test"\n${own}\n`,
    problem,
  );
};

describe('a YAML file', () => {
  expectRefusals([
    mistake('empty file', '', '1 : the file is empty'),
    mistake('comments only', '# nothing\n', '1 : the file is empty'),
    mistake('a list', '- a', '1 : expected a mapping with models and auth, got a list'),
    mistake('a word', SECRET, '1 : expected a mapping with models and auth, got a string'),
    mistake('two documents', `${AUTH}\n---\n${MODELS}`, '1 : contains 2 YAML documents, expected one'),
    mistake('duplicate block', `${AUTH}\n${MODELS}\n${AUTH}`, '3 auth: duplicate key, first used in line 1'),
    inModel(
      'duplicate key',
      `api_key: ${SECRET}\napi_key: ${SECRET}`,
      '7 models.openai[0].api_key: duplicate key, first used in line 6',
    ),
    inModel(
      'secret that looks like an alias',
      `api_key: *${SECRET}`,
      '6 models.openai[0].api_key: a value that begins with * is a YAML alias',
    ),
    inModel(
      'secret that looks like a tag',
      `api_key: !${SECRET} x`,
      '6 : not valid YAML: a value that begins with ! is a YAML tag',
    ),
    inModel(
      'secret with a colon',
      `api_key: ${SECRET}: x`,
      '6 : not valid YAML: bad indentation of a mapping entry; a value that contains',
    ),
    inModel(
      'secret that begins with @',
      `api_key: @${SECRET}`,
      '6 : not valid YAML: bad indentation of a mapping entry; a value',
    ),
    inModel(
      'tab',
      `api_key:\n\tx: ${SECRET}`,
      '7 : not valid YAML: tab characters must not be used in indentation',
    ),
    inModel(
      'placeholder without quotes in braces',
      'headers: { x-a: ${X} }',
      '6 : not valid YAML: missed comma between flow collection entries; inside [ ] and { }',
    ),
    mistake(
      'value within itself',
      `${AUTH}\nmodels: &m { openai: *m }`,
      '2 models.openai: this YAML alias refers to the value that contains it',
    ),
    mistake('merge of no mapping', `${AUTH}\n<<: ${SECRET}\n`, '2 : not valid YAML: cannot merge mappings'),
  ]);

  it('is refused when it is no UTF-8 text', () => {
    const utf16 = Buffer.from(`\ufeff${AUTH}\n${MODELS}`, 'utf16le');
    expect(problemsOf(utf16)).toEqual(['- : cannot load the configuration: it is not UTF-8 text']);
    expect(loadText(Buffer.from(`\ufeff${AUTH}\n${MODELS}`)).config.models).toHaveLength(1);
  });

  it('counts lines in files from Windows as well', () => {
    expect(problemsOf(`server:\r\n  prot: 80\r\n${AUTH}\r\n${MODELS}`)[0]).toMatch(/^2 server.prot/);
  });

  it.each([
    ...'*&!@%{["\'|>,]}#?-:`~\\'.split(''),
    '!!',
    '!<',
    '!a!',
    '- ',
    '? ',
    ': ',
    '"\\',
    '*a: ',
    '&a *',
    '{a: *',
    '[!',
    '<<: *',
  ])('never shows a secret that begins with %s', (start) => {
    const text = `${AUTH}\nmodels:\n  openai:\n    - name: m\n      api_key: ${start}${SECRET}\n      base_url: nowhere\n`;
    const error = refusalOf(text);
    expect(`${error.message} ${String(error.stack)}`).not.toContain(SECRET);
    expect(error.problems[0]?.line).toBeGreaterThanOrEqual(5);
  });

  it('finds the line of what an alias or a merge key brought', () => {
    const text = `${AUTH}
models:
  openai:
    - &a
      name: a
      base_url: "https://x.test"
      timeouts: &t
        idle_seconds: -1
    - &b { name: b, base_url: "https://x.test", timeouts: *t }
    - <<: [*b, *a]
      name: c
      max_tokens: 0
`;
    const paths = problemsOf(text).map((problem) => problem.split(':')[0]);
    expect(paths).toEqual([
      '8 models.openai[0].timeouts.idle_seconds',
      '8 models.openai[1].timeouts.idle_seconds',
      '8 models.openai[2].timeouts.idle_seconds',
      '12 models.openai[2].max_tokens',
    ]);
  });
});
