import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AUTH,
  expectRefusals,
  type Mistake,
  mistake,
  SECRET,
} from '../../../../test/fixtures/config/mistake.js';

const TLS = join(import.meta.dirname, '..', '..', '..', '..', 'test', 'fixtures', 'config', 'tls');

/** Made here, so that no private key lies in the repository. */
const keyFolder = mkdtempSync(join(tmpdir(), 'gateway-key-'));
const OTHER_KEY = join(keyFolder, 'other.key');
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
writeFileSync(OTHER_KEY, privateKey.export({ type: 'pkcs8', format: 'pem' }));
afterAll(() => rmSync(keyFolder, { recursive: true }));

/** A mistake in a model; its first own line is line 6. */
const inModel = (what: string, lines: string, problem: string, group = 'openai'): Mistake => {
  const own = lines.replace(/^/gm, '      ');
  return mistake(
    what,
    `${AUTH}\nmodels:\n  ${group}:\n    - name: m\n      base_url: "https://x.test"\n${own}\n`,
    problem,
  );
};

describe('the groups of models', () => {
  expectRefusals([
    mistake(
      'missing models',
      AUTH,
      '1 models: missing, expected a mapping of groups (openai, anthropic, gemini, request)',
    ),
    mistake(
      'models as a list',
      `${AUTH}\nmodels: [{ name: m }]`,
      '2 models: expected a mapping of groups (openai, anthropic, gemini, request), got a list',
    ),
    mistake('no model at all', `${AUTH}\nmodels:\n  openai: []\n  request:`, '2 models: no model at all'),
    mistake(
      'unknown group',
      `${AUTH}\nmodels:\n  opneai: [{ name: m }]`,
      '3 models.opneai: unknown group, did you mean "openai"?',
    ),
    mistake(
      'group without dashes',
      `${AUTH}\nmodels:\n  openai:\n    name: m`,
      '3 models.openai: expected a list of models, got a mapping (begin each entry with "- ")',
    ),
    mistake(
      'entry that is text',
      `${AUTH}\nmodels:\n  openai:\n    - ${SECRET}`,
      '4 models.openai[0]: expected a mapping with name and base_url, got a string',
    ),
    mistake(
      'missing name',
      `${AUTH}\nmodels:\n  openai:\n    - base_url: "https://x.test"`,
      '4 models.openai[0].name: missing, expected a name',
    ),
    mistake(
      'missing base_url',
      `${AUTH}\nmodels:\n  openai:\n    - enabled: false\n      name: m`,
      '4 models.openai[0].base_url: missing, expected an http:// or https:// address',
    ),
    mistake(
      'empty name',
      `${AUTH}\nmodels:\n  openai:\n    - base_url: "https://x.test"\n      name: " "\n      model_name: x`,
      '5 models.openai[0].name: expected a name without control',
    ),
    mistake(
      'control character in a name',
      `${AUTH}\nmodels:\n  openai:\n    - base_url: "https://x.test"\n      name: "a\\u001bb"`,
      '5 models.openai[0].name: expected a name without control',
    ),
    mistake(
      'the same name in two groups',
      `${AUTH}\nmodels:\n  openai:\n    - { name: m, base_url: "https://x.test" }\n  request:\n    - base_url: "https://x.test"\n      token: ${SECRET}\n      name: m`,
      '8 models.request[0].name: duplicate model name "m", first used in line 4',
    ),
  ]);
});

describe('the fields of a model', () => {
  expectRefusals([
    inModel(
      'camelCase',
      'maxTokens: 5',
      '6 models.openai[0].maxTokens: unknown key, did you mean "max_tokens"?',
    ),
    inModel(
      'a wire format that does not exist',
      'speaks: [openai-chat, klingon]',
      "6 models.openai[0].speaks: has 'klingon'; expected some of: openai-chat, openai-responses, anthropic-messages, gemini, openai-completions, openai-embeddings, openai-moderations, openai-images, openai-audio, rerank",
    ),
    inModel(
      'no wire format',
      'speaks: []',
      '6 models.openai[0].speaks: is empty; expected at least one wire format',
    ),
    mistake(
      'wire formats beside a mapping',
      `${AUTH}\nmodels:\n  request:\n    - name: m\n      base_url: "https://x.test"\n      token: ${SECRET}\n      speaks: [anthropic-messages]\n      response: { text: answer }`,
      '7 models.request[0].speaks: cannot be combined with a mapping, which describes the format',
    ),
    inModel(
      'type of another group',
      'type: request',
      '6 models.openai[0].type: "request" contradicts the group, expected "openai"',
    ),
    inModel('unknown type', 'type: opneai', '6 models.openai[0].type: unknown type, did you mean "openai"?'),
    inModel(
      'number for a secret',
      'api_key: 12345678',
      '6 models.openai[0].api_key: must be a string, got a number (put it in quotes)',
    ),
    inModel(
      'empty secret',
      'api_key: ""',
      '6 models.openai[0].api_key: should not be empty, got an empty string',
    ),
    inModel(
      'secret of several lines',
      `api_key: |\n  ${SECRET}\n  x`,
      '6 models.openai[0].api_key: expected one line of visible ASCII',
    ),
    inModel(
      'zero tokens',
      'max_tokens: 0',
      '6 models.openai[0].max_tokens: expected a whole number of at least 1, got 0',
    ),
    inModel(
      'unknown field name',
      `max_tokens_field: ${SECRET}`,
      '6 models.openai[0].max_tokens_field: expected one of max_tokens, max_completion_tokens',
    ),
    inModel(
      'socks proxy',
      `proxy: "socks5://u:${SECRET}@x.test"`,
      '6 models.openai[0].proxy: expected a proxy whose address begins with http:// or https://; SOCKS is not supported',
    ),
    inModel(
      'proxy with a password that nobody can decode',
      `proxy: "http://u:100%${SECRET}@x.test"`,
      '6 models.openai[0].proxy: contains a user name or password that is not percent-encoded',
    ),
    inModel(
      'header name',
      'headers: { "x y": a }',
      '6 models.openai[0].headers["x y"]: is not a legal header name',
    ),
    inModel(
      'header value of two lines',
      `headers:\n  x-a: "${SECRET}\\r\\nx-b: 1"`,
      '7 models.openai[0].headers.x-a: expected a header value',
    ),
    inModel(
      'header value beyond Latin-1',
      'headers:\n  x-a: "密码"',
      '7 models.openai[0].headers.x-a: expected a header value',
    ),
    inModel(
      'header that is a number',
      'headers:\n  x-a: 12345678',
      '7 models.openai[0].headers.x-a: expected a string, got a number (put it in quotes)',
    ),
    inModel(
      'header that frames the body',
      'headers:\n  Content-Length: "1"',
      '7 models.openai[0].headers.Content-Length: is set by the gateway',
    ),
    inModel(
      'header twice',
      `headers:\n  X-A: ${SECRET}\n  x-a: b`,
      '8 models.openai[0].headers.x-a: the same header is listed twice',
    ),
    inModel(
      'headers as a list',
      `headers: ["x-a: ${SECRET}"]`,
      '6 models.openai[0].headers: expected a mapping of header names to strings',
    ),
    inModel(
      'query that is a number',
      'query:\n  v: 1',
      '7 models.openai[0].query.v: expected a string, got a number (put it in quotes)',
    ),
    inModel(
      'own clock',
      'timeouts:\n  total_seconds: "9"',
      '7 models.openai[0].timeouts.total_seconds: expected a number of seconds',
    ),
    inModel(
      'unknown TLS key',
      'tls:\n  cafile: x',
      '7 models.openai[0].tls.cafile: unknown key, did you mean "ca_file"?',
    ),
    inModel(
      'missing TLS file',
      `tls:\n  ca_file: /no/such/${SECRET}`,
      '7 models.openai[0].tls.ca_file: the file cannot be used: no such file',
    ),
    inModel(
      'TLS file without certificate',
      `tls:\n  ca_file: ${TLS}/garbage.pem`,
      '7 models.openai[0].tls.ca_file: contains no certificate',
    ),
    inModel(
      'certificate without key',
      `tls:\n  cert_file: ${TLS}/one.pem`,
      '7 models.openai[0].tls.cert_file: requires key_file',
    ),
    inModel(
      'certificate with the key of another',
      `tls:\n  cert_file: ${TLS}/one.pem\n  key_file: ${OTHER_KEY}`,
      '8 models.openai[0].tls.key_file: cannot be used (ERR_OSSL_X509_KEY_VALUES_MISMATCH)',
    ),
    inModel('neither token nor login', 'max_tokens: 5', '4 models.request[0]: has no credential', 'request'),
    inModel(
      'incomplete login',
      `auth_url: "https://x.test"\nusername: u`,
      '4 models.request[0].password: is missing',
      'request',
    ),
    inModel(
      'token and login',
      `token: ${SECRET}\npassword: ${SECRET}`,
      '7 models.request[0].password: cannot be combined with token',
      'request',
    ),
    inModel(
      'no hours',
      `token_cache_hours: 0\nauth_url: "https://x.test"\nusername: u\npassword: ${SECRET}`,
      '6 models.request[0].token_cache_hours: must be a positive number, got 0',
      'request',
    ),
    inModel(
      'auth_url without scheme',
      `username: u\npassword: ${SECRET}\nauth_url: x.test/login`,
      '8 models.request[0].auth_url: expected an address that begins with',
      'request',
    ),
    inModel(
      'password in auth_url',
      `username: u\npassword: p\nauth_url: "https://u:${SECRET}@x.test"`,
      '8 models.request[0].auth_url: contains a user name or password',
      'request',
    ),
  ]);
});

describe('the addresses of a model', () => {
  expectRefusals([
    ...[
      'x.test/v1',
      'ftp://x.test',
      'https://',
      'https:/x.test',
      'http://x.test:99999',
      'http://[::1/v1',
      'https://x.test /',
      '//x.test',
      'http://a b',
    ].map((url) =>
      mistake(
        `base_url ${url}`,
        `${AUTH}\nmodels:\n  openai:\n    - name: m\n      base_url: "${url}"`,
        '5 models.openai[0].base_url: expected an address that begins with',
      ),
    ),
    mistake(
      'password in base_url',
      `${AUTH}\nmodels:\n  openai:\n    - name: m\n      base_url: "https://u:${SECRET}@x.test"`,
      '5 models.openai[0].base_url: contains a user name or password',
    ),
  ]);
});
