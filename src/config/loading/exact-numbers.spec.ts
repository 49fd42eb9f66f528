import { loadText, problemsOf } from '../../../test/fixtures/config/load-text.js';
import { AUTH } from '../../../test/fixtures/config/mistake.js';

const file = (value: string, block = 'settings'): string =>
  `${AUTH}
models:
  request:
    - name: m
      base_url: "https://x.test"
      token: "planted-token"
      ${block}:
        tenant: ${value}
`;
const login = (value: string): string =>
  `${AUTH}
models:
  request:
    - name: m
      base_url: "https://x.test"
      auth_url: "https://x.test/login"
      username: u
      password: p
      login:
        fields:
          tenant: ${value}
`;
const CHANGED = [
  '007',
  '0o17',
  '0x1F',
  '1e3',
  '1.0',
  '1.10',
  '.5',
  '+1',
  '12345678901234567890',
  '9007199254740993',
  '-0',
  '.inf',
  '1.',
];

describe('a number in a field that accepts any value', () => {
  it.each(CHANGED)('is refused, with its line, if YAML would change it: %s', (value) => {
    expect(problemsOf(file(value))).toEqual([
      expect.stringMatching(/^8 models\.request\[0\]\.settings\.tenant: would change: .*put it in quotes/),
    ]);
    expect(problemsOf(login(value))).toEqual([
      expect.stringMatching(
        /^11 models\.request\[0\]\.login\.fields\.tenant: would change: .*put it in quotes/,
      ),
    ]);
    expect(problemsOf(file(value, 'headers'))).toEqual([expect.stringContaining('put it in quotes')]);
    expect(problemsOf(file(`{ deep: [1, ${value}] }`))).toEqual([
      expect.stringMatching(/^8 models\.request\[0\]\.settings\.tenant\.deep\[1\]: would change/),
    ]);
  });

  it.each([
    ['7', 7],
    ['-7', -7],
    ['0.5', 0.5],
    ['9007199254740991', 9007199254740991],
    ['"007"', '007'],
    ["'12345678901234567890'", '12345678901234567890'],
    ['1_000', '1_000'],
    ['2024-01-31', '2024-01-31'],
    ['no', 'no'],
    ['true', true],
  ])('is read as written: %s', (written, value) => {
    expect(loadText(file(written)).config.models[0]).toMatchObject({ settings: { tenant: value } });
  });

  it('is found behind an alias and a merge key', () => {
    const text = `${AUTH}
models:
  request:
    - name: a
      base_url: "https://x.test"
      token: "planted-token"
      settings: &s { tenant: 007 }
    - <<: { settings: *s }
      name: b
      base_url: "https://x.test"
      token: "planted-token"
`;
    expect(problemsOf(text).map((problem) => problem.split(':')[0])).toEqual([
      '7 models.request[0].settings.tenant',
      '7 models.request[1].settings.tenant',
    ]);
  });

  it('accepts any notation in a numeric field, unless the number is too long to be exact', () => {
    const model = (value: string) =>
      `${AUTH}\nmodels:\n  openai:\n    - { name: m, base_url: "https://x.test", max_tokens: ${value} }\n`;
    expect(loadText(model('0x10')).config.models[0]).toMatchObject({ max_tokens: 16 });
    expect(problemsOf(model('9007199254740993'))).toEqual([expect.stringContaining('at most 15 digits')]);
  });
});
