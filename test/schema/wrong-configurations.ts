type Json = Record<string, unknown>;

const AUTH = { api_keys: ['client-key-of-a-test'] };
const MODEL = { name: 'm', base_url: 'https://h.test/v1' };
const LOGIN = { ...MODEL, auth_url: 'https://h.test/login', username: 'u', password: 'p' };

const file = (more: Json): Json => ({ auth: AUTH, models: { openai: [MODEL] }, ...more });
const model = (more: Json): Json => file({ models: { openai: [{ ...MODEL, ...more }] } });
const login = (more: Json): Json => file({ models: { request: [{ ...LOGIN, login: more }] } });

/** Mistakes as people make them. */
export const WRONG: readonly (readonly [string, Json])[] = [
  ['no models', { auth: AUTH }],
  ['no auth', { models: { openai: [MODEL] } }],
  ['auth without keys', file({ auth: {} })],
  ['an empty list of keys', file({ auth: { api_keys: [] } })],
  ['a number as a key', file({ auth: { api_keys: [12345678] } })],
  [
    'a key twice in one entry',
    file({ auth: { api_keys: [{ key: 'k'.repeat(20), key_sha256: '0'.repeat(64) }] } }),
  ],
  ['an entry without a key', file({ auth: { api_keys: [{ name: 'n' }] } })],
  ['a short digest', file({ auth: { api_keys: [{ key_sha256: '0a' }] } })],
  ['no model for a key', file({ auth: { api_keys: [{ key: 'k'.repeat(20), models: [] }] } })],
  [
    'an unknown period',
    file({ auth: { api_keys: [{ key: 'k'.repeat(20), limits: { budget: { usd: 1, per: 'decade' } } }] } }),
  ],
  ['an unknown section', file({ severs: {} })],
  ['an unknown key', file({ server: { prot: 1 } })],
  ['a section that is a list', file({ server: [] })],
  ['a quoted port', file({ server: { port: '8000' } })],
  ['a port out of range', file({ server: { port: 70_000 } })],
  ['a fraction', file({ limits: { max_queued: 1.5 } })],
  ['a quoted flag', file({ metrics: { enabled: 'false' } })],
  ['an unknown level', file({ logging: { level: 'loud' } })],
  ['a size without a unit that exists', file({ server: { body_limit: '10 zb' } })],
  ['a host with a scheme', file({ server: { host: 'http://localhost' } })],
  ['an origin with a path', file({ server: { cors_origins: ['https://a.test/'] } })],
  ['an unknown group', file({ models: { opnai: [MODEL] } })],
  ['a group that is a mapping', file({ models: { openai: MODEL } })],
  ['a model without a name', file({ models: { openai: [{ base_url: 'https://h.test' }] } })],
  ['a model without an address', file({ models: { openai: [{ name: 'm' }] } })],
  ['a type of another group', model({ type: 'request' })],
  ['a foreign scheme', model({ base_url: 'ftp://h.test' })],
  ['a SOCKS proxy', model({ proxy: 'socks5://h.test:1080' })],
  ['no tokens at all', model({ max_tokens: 0 })],
  ['a header that is a number', model({ headers: { 'x-tenant': 7 } })],
  ['an unknown wire format', model({ speaks: ['openai-chatt'] })],
  ['an unknown probe', model({ probe: 'ping' })],
  ['a probe without a kind', model({ probe: { interval_seconds: 5 } })],
  ['a price below zero', model({ price: { input: -1 } })],
  ['an unknown word for a price', model({ price: 'cheap' })],
  ['an unknown cause', model({ fallbacks: [{ model: 'n', on: ['500'] }] })],
  ['no deployment', model({ deployments: [] })],
  ['two addresses', model({ deployments: [{ base_url: 'https://i.test' }] })],
  ['a setting of the model in a deployment', model({ deployments: [{ weight: 1, enabled: true }] })],
  ['a weight below zero', model({ deployments: [{ weight: -1 }] })],
  ['a token in an openai model', model({ token: 't' })],
  ['a name without characters', model({ name: ' ' })],
  ['an unknown way to send', login({ send_as: 'xml' })],
  ['an unknown unit', login({ lifetime: 'body.exp', lifetime_unit: 'minutes' })],
  ['a status that is no refusal', login({ refused_when: { status: [200] } })],
  ['a step that is a text', login({ steps: ['login'] })],
  ['a lifetime below zero', file({ models: { request: [{ ...LOGIN, token_cache_hours: -1 }] } })],
];
