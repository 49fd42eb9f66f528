import {
  expectRefusals,
  type Mistake,
  mistake,
  MODELS,
  SECRET,
} from '../../../../test/fixtures/config/mistake.js';

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
