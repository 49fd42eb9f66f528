import {
  expectRefusals,
  type Mistake,
  mistake,
  MODELS,
  SECRET,
} from '../../../test/fixtures/config/mistake.js';

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
  ]);
});
