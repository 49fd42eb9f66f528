import {
  expectRefusals,
  type Mistake,
  mistake,
  MODELS,
  SECRET,
} from '../../../../test/fixtures/config/mistake.js';
import { loadText } from '../../../../test/fixtures/config/load-text.js';
import { hashKey } from './read-auth.js';

/** A mistake in the list of keys; its first entry is line 3. */
const inKeys = (what: string, lines: string, problem: string): Mistake =>
  mistake(what, `auth:\n  api_keys:\n${lines}\n${MODELS}\n`, problem);

describe('the list of API keys', () => {
  expectRefusals([
    mistake('missing auth', MODELS, '1 auth: missing, expected a mapping with api_keys'),
    mistake('empty auth', `${MODELS}\nauth:`, '2 auth: missing, expected a mapping with api_keys'),
    mistake(
      'no list of keys',
      `${MODELS}\nauth: {}`,
      '2 auth.api_keys: no key at all, expected at least one',
    ),
    mistake(
      'empty list of keys',
      `${MODELS}\nauth: { enabled: true, api_keys: [] }`,
      '2 auth.api_keys: no key at all',
    ),
    mistake(
      'single key',
      `${MODELS}\nauth: { api_keys: ${SECRET} }`,
      '2 auth.api_keys: expected a list of API keys, got a string',
    ),
    inKeys(
      'key that is a number',
      '    - 12345678',
      '3 auth.api_keys[0]: expected a key or a mapping with key or key_sha256, got a number (put it in quotes)',
    ),
    inKeys(
      'empty key',
      '    - ""',
      '3 auth.api_keys[0]: expected a non-empty key of visible ASCII characters, got an empty string',
    ),
    inKeys(
      'key with a space at its end',
      `    - "${SECRET} "`,
      '3 auth.api_keys[0]: expected a non-empty key of visible ASCII',
    ),
    inKeys(
      'nothing after the dash',
      '    - good\n    -',
      '2 auth.api_keys[1]: expected a key or a mapping with key or key_sha256, got nothing',
    ),
    inKeys(
      'the same key twice',
      `    - ${SECRET}\n    - x\n    - { key: ${SECRET} }`,
      '5 auth.api_keys[2]: the same key as api_keys[0] in line 3',
    ),
    inKeys(
      'key and digest',
      `    - { key: ${SECRET}, key_sha256: "${'a'.repeat(64)}" }`,
      '3 auth.api_keys[0]: expected exactly one of key and key_sha256, got both',
    ),
    inKeys(
      'neither',
      '    - { name: team }',
      '3 auth.api_keys[0]: expected exactly one of key and key_sha256, got neither',
    ),
    inKeys(
      'short digest',
      `    - name: a\n      key_sha256: ${SECRET}`,
      '4 auth.api_keys[0].key_sha256: expected 64 hexadecimal digits',
    ),
    inKeys(
      'restriction left empty',
      `    - key: ${SECRET}\n      models:`,
      '4 auth.api_keys[0].models: is empty, expected model names',
    ),
    inKeys(
      'restriction to none',
      `    - key: ${SECRET}\n      models: []`,
      '4 auth.api_keys[0].models: is empty, expected model names',
    ),
    inKeys(
      'restriction that is no list',
      `    - key: ${SECRET}\n      models: gpt-4`,
      '4 auth.api_keys[0].models: expected a list of model names',
    ),
    inKeys(
      'missing variable in a key',
      '    - "${TEAM_KEY}"',
      '3 auth.api_keys[0]: the environment variable TEAM_KEY is not set',
    ),
    inKeys(
      'unknown key in an entry',
      `    - { nmae: x, key: ${SECRET} }`,
      '3 auth.api_keys[0].nmae: unknown key, did you mean "name"?',
    ),
    inKeys(
      'key of an unknown limit',
      `    - key: ${SECRET}\n      limits: { tpm: 5 }`,
      '4 auth.api_keys[0].limits.tpm: unknown key, expected one of requests_per_minute, tokens_per_minute,',
    ),
    inKeys(
      'misspelt limit',
      `    - key: ${SECRET}\n      limits:\n        request_per_minute: 5`,
      '5 auth.api_keys[0].limits.request_per_minute: unknown key, did you mean "requests_per_minute"?',
    ),
    inKeys(
      'limits without one',
      `    - key: ${SECRET}\n      limits: {}`,
      '4 auth.api_keys[0].limits: is empty, expected a limit such as requests_per_minute',
    ),
    inKeys(
      'limits that are a number',
      `    - key: ${SECRET}\n      limits: 60`,
      '4 auth.api_keys[0].limits: expected a mapping, got a number',
    ),
    ...['0', '-1', '1.5', '"60"', '.inf'].map((value) =>
      inKeys(
        `a limit of ${value}`,
        `    - key: ${SECRET}\n      limits: { max_concurrent: ${value} }`,
        '4 auth.api_keys[0].limits.max_concurrent: expected a whole number of at least 1, got',
      ),
    ),
    ...['0', '-5', '"20"', '9000001', '.nan', '0.0000000001'].map((value) =>
      inKeys(
        `a budget of ${value}`,
        `    - key: ${SECRET}\n      limits: { budget: { usd: ${value}, per: month } }`,
        '4 auth.api_keys[0].limits.budget.usd: expected US dollars, a number above 0 and at most 9000000, got',
      ),
    ),
    inKeys(
      'budget per fortnight',
      `    - key: ${SECRET}\n      limits: { budget: { usd: 5, per: fortnight } }`,
      '4 auth.api_keys[0].limits.budget.per: expected one of hour, day, week, month, year, total',
    ),
    inKeys(
      'budget without an amount',
      `    - key: ${SECRET}\n      limits: { budget: { per: day } }`,
      '4 auth.api_keys[0].limits.budget.usd: missing, expected US dollars',
    ),
    inKeys(
      'budget without a period',
      `    - key: ${SECRET}\n      limits: { budget: { usd: 5 } }`,
      '4 auth.api_keys[0].limits.budget.per: missing, expected one of hour',
    ),
    inKeys(
      'end on a day that does not exist',
      `    - key: ${SECRET}\n      expires_at: 2027-02-30`,
      '4 auth.api_keys[0].expires_at: is not a day of the calendar',
    ),
    inKeys(
      'empty end',
      `    - key: ${SECRET}\n      expires_at: ""`,
      '4 auth.api_keys[0].expires_at: expected a date such as "2027-01-31"',
    ),
    inKeys(
      'team without teams',
      `    - key: ${SECRET}\n      team: search`,
      '4 auth.api_keys[0].team: unknown team "search", expected one that auth.teams lists',
    ),
  ]);
});

/** A mistake in `auth`; its first line is line 2, after which there is a key of the team `search`. */
const inAuth = (what: string, lines: string, problem: string): Mistake =>
  mistake(what, `auth:\n${lines}\n  api_keys: [{ key: ${SECRET}, team: search }]\n${MODELS}\n`, problem);

describe('teams and the time zone', () => {
  expectRefusals([
    inAuth(
      'misspelt team',
      '  teams: [{ name: serach }, { name: other }]',
      '3 auth.api_keys[0].team: unknown team "search", did you mean "serach"?',
    ),
    inAuth(
      'team listed twice',
      '  teams:\n    - name: search\n    - name: search',
      '4 auth.teams[1].name: "search" is already the name of teams[0] in line 3, expected each team once',
    ),
    inAuth(
      'team without a name',
      '  teams:\n    - name: search\n    - limits: { max_concurrent: 1 }',
      '4 auth.teams[1].name: missing, expected a name without control characters',
    ),
    inAuth(
      'team with empty limits',
      '  teams:\n    - name: search\n      limits: {}',
      '4 auth.teams[0].limits: is empty, expected a limit',
    ),
    inAuth(
      'unknown key of a team',
      '  teams:\n    - name: search\n      models: [a]',
      '4 auth.teams[0].models: unknown key, expected one of name, limits',
    ),
    inAuth(
      'teams that are a mapping',
      '  teams: { search: {} }',
      '2 auth.teams: expected a list of mappings, got a mapping',
    ),
    ...[
      ['Asia/Shangai', 'did you mean "Asia/Shanghai"?'],
      ['Shanghai', 'did you mean "Asia/Shanghai"?'],
      ['Asia/Beijing', 'did you mean "Asia/Shanghai"?'],
      ['new york', 'did you mean "America/New_York"?'],
      ['"+08:00"', 'expected an IANA time zone such as "Asia/Shanghai", not an offset'],
      ['UTC+8', 'expected an IANA time zone such as "Asia/Shanghai", not an offset'],
      ['CST', 'expected an IANA time zone such as "Asia/Shanghai"'],
      ['Mars/Olympus_Mons', 'expected an IANA time zone such as "Asia/Shanghai"'],
    ].map(([zone = '', hint = '']) =>
      inAuth(
        `time zone ${zone}`,
        `  teams: [{ name: search }]\n  time_zone: ${zone}`,
        `3 auth.time_zone: unknown time zone ${JSON.stringify(zone.replaceAll('"', ''))}, ${hint}`,
      ),
    ),
    inAuth(
      'empty time zone',
      '  teams: [{ name: search }]\n  time_zone: ""',
      '3 auth.time_zone: expected an IANA time zone',
    ),
    inAuth(
      'time zone that is a number',
      '  teams: [{ name: search }]\n  time_zone: 8',
      '3 auth.time_zone: expected an IANA time zone such as "Asia/Shanghai", got a number',
    ),
  ]);
});

describe('two keys of one name', () => {
  const keys = (first: string, second: string): string =>
    `auth:\n  teams: [{ name: a }, { name: b }]\n  api_keys:\n    - { name: bot, key: ${SECRET}, ${first} }\n` +
    `    - { name: bot, key: second-${SECRET}, ${second} }\n    - { name: x, key: third-key-of-a-test, team: a }\n` +
    `    - { name: y, key: fourth-key-of-a-test, team: b }\n${MODELS}\n`;
  const differ = (what: string, first: string, second: string): Mistake =>
    mistake(
      `another ${what}`,
      keys(first, second),
      `5 auth.api_keys[1]: has the same name as api_keys[0] in line 4, "bot", but not the same ${what}; expected the same team,`,
    );

  expectRefusals([
    differ('team', 'team: a', 'team: b'),
    differ('models', 'models: [m]', 'admin: false'),
    differ('models', 'models: [m]', 'models: [m, "n*"]'),
    differ('admin', 'admin: true', 'admin: false'),
    differ('limits', 'limits: { max_concurrent: 1 }', 'limits: { max_concurrent: 2 }'),
    differ('team, models, limits', 'team: a, models: [m]', 'limits: { budget: { usd: 1, per: day } }'),
    mistake(
      'a name that another key has by its position',
      `auth:\n  api_keys:\n    - { name: key-2, key: ${SECRET}, admin: true }\n    - second-${SECRET}\n${MODELS}\n`,
      '4 auth.api_keys[1]: has the same name as api_keys[0] in line 3, "key-2", but not the same admin;',
    ),
  ]);

  it.each([
    ['expires_at: 2099-01-31', 'expires_at: 2099-12-31'],
    ['models: [m, "n*"]', 'models: ["n*", m, m]'],
    ['admin: false', 'expires_at: 2099-12-31'],
    [
      'team: a, limits: { max_concurrent: 1, budget: { usd: 1, per: day } }',
      'limits: { budget: { per: day, usd: 1.0 }, max_concurrent: 1, tokens_per_minute: null }, team: a',
    ],
    ['limits: null', 'limits: { budget: null }'],
  ])('are one client: %s; %s', (first, second) => {
    const [one, other] = loadText(keys(first, second)).config.auth.api_keys;
    expect(one).toMatchObject({ name: 'bot' });
    expect(other!.name).toBe('bot');
    expect(other!.limits).toEqual(one!.limits);
    expect(one!.key_sha256).not.toBe(other!.key_sha256);
  });
});

describe('ends of keys, and teams without keys', () => {
  const DAY = 24 * 3_600_000;
  const load = (auth: string) => loadText(`auth:\n${auth}\n${MODELS}\n`);
  const ending = (inDays: number) => {
    const time = new Date(Date.now() + inDays * DAY).toISOString();
    return load(`  api_keys:\n    - name: bot\n      key: ${SECRET}\n      expires_at: "${time}"`);
  };
  const told = ({ warnings }: { warnings: readonly string[] }) =>
    warnings.map((text) => text.replace(/^.*?:(\d+): /, '$1 ').replaceAll(/\(\d{4}-[^)]*\)/g, '(TIME)'));

  it('are said at the start, and from 14 days before', () => {
    expect(told(ending(-1))).toEqual([
      '5 auth.api_keys[0].expires_at: the key "bot" has expired (TIME): it is refused with 401 api_key_expired; add its successor under the same name',
    ]);
    expect(told(ending(13.9))).toEqual([
      '5 auth.api_keys[0].expires_at: the key "bot" expires within 14 days (TIME); add its successor under the same name',
    ]);
    expect(told(ending(14.1))).toEqual([]);
  });

  it('are days in the time zone', () => {
    const { config } = load(
      `  time_zone: Asia/Shanghai\n  api_keys: [{ key: ${SECRET}, expires_at: 2099-01-31 }]`,
    );
    expect(config.auth.api_keys[0]).toMatchObject({
      expires_at: '2099-01-31',
      expiresAtMs: Date.parse('2099-01-31T16:00:00Z'),
    });
  });

  it('are said of a team that no key belongs to', () => {
    expect(
      told(
        load(`  teams:\n    - name: search\n    - name: ads\n  api_keys: [{ key: ${SECRET}, team: ads }]`),
      ),
    ).toEqual(['3 auth.teams[0]: no key belongs to the team "search"']);
  });

  it('have the keys whose secrets are absent in a check without them', () => {
    const { notices } = loadText(
      `auth:\n  teams: [{ name: search }]\n  api_keys: [{ key: "\${ABSENT}", team: search }]\n${MODELS}\n`,
      { allowsAbsentSecrets: true },
    );
    expect(notices.warnings).toEqual([]);
    expect(notices.unchecked).toHaveLength(1);
  });

  it('are read with placeholders', () => {
    const { config } = loadText(
      `auth:\n  teams: [{ name: "\${TEAM}" }]\n  time_zone: "\${ZONE:-Asia/Shanghai}"\n  api_keys:\n    - key: ${SECRET}\n      team: "\${TEAM}"\n` +
        `      expires_at: "\${END:-}"\n      limits: { requests_per_minute: "\${RPM}", max_concurrent: "\${MOST:-}" }\n${MODELS}\n`,
      { env: { TEAM: 'search', RPM: '60' } },
    );
    expect(config.auth).toMatchObject({ time_zone: 'Asia/Shanghai', teams: [{ name: 'search' }] });
    expect(config.auth.api_keys[0]).toEqual({
      name: 'key-1',
      key_sha256: hashKey(SECRET),
      team: 'search',
      limits: { requests_per_minute: 60 },
    });
  });
});
