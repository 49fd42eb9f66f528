import { type CacheConfig } from './cache.config.js';
import { type GatewayConfig } from './gateway.config.js';
import { type ModelConfig, upstreamsOf } from './model.config.js';
import { type TracingEnvironment } from './tracing-environment.js';

interface LoginBlock {
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly steps?: readonly LoginBlock[];
}

/** Shorter values would blot out ordinary words. */
const SHORTEST = 6;

const SECRET_FIELD = /^(api_key|token|password|secret)$|_(key|token|password|secret)$/;
/** Fields, headers and parameters whose values are secrets, by the look of their names. */
export const SECRET_NAME = /auth|key|token|secret|password|passwd|credential|cookie|signature|^sig$/i;

const fileTexts = new WeakMap<GatewayConfig, readonly string[]>();

/** Remembers what `${file:…}` brought, which the finished configuration no longer tells apart. */
export function rememberFileTexts(config: GatewayConfig, texts: Iterable<string>): void {
  fileTexts.set(config, [...texts]);
}

export function fileTextsOf(config: GatewayConfig): readonly string[] {
  return fileTexts.get(config) ?? [];
}

/**
 * Every secret that we show to model services, for removal from what others may read; longest first, so that
 * one that holds another goes as a whole. Clients' API keys are not among them: only their digests are kept.
 */
export function configuredSecrets(config: GatewayConfig): readonly string[] {
  const secrets = new Set(fileTextsOf(config));
  for (const proxy of Object.values(config.proxies) as (string | undefined)[]) {
    for (const value of secretsOfAddress(proxy ?? '')) secrets.add(value);
  }
  for (const value of secretsOfCache(config.cache)) secrets.add(value);
  for (const value of secretsOfTracing(config.tracing.otlp)) secrets.add(value);
  for (const model of config.models.flatMap(upstreamsOf)) {
    for (const value of secretsOf(model)) secrets.add(value);
  }
  return [...secrets].filter((value) => value.length >= SHORTEST).toSorted((a, b) => b.length - a.length);
}

/** The address as a whole, too: it says where the tokens are. User names such as `default` stay ordinary words. */
function* secretsOfCache({
  redis_url: address = '',
  encryption_key: key = '',
}: CacheConfig): Generator<string> {
  yield key;
  yield address;
  const { password } = URL.canParse(address) ? new URL(address) : { password: '' };
  yield password;
  yield decode(password);
}

function* secretsOfTracing(tracing: TracingEnvironment | undefined): Generator<string> {
  if (tracing === undefined) return;
  yield* secretsOfAddress(tracing.endpoint);
  yield* secretsOfHeaders(tracing.headers);
}

function* secretsOf(model: ModelConfig): Generator<string> {
  for (const [field, value] of Object.entries(model) as [string, unknown][]) {
    if (typeof value !== 'string') continue;
    if (SECRET_FIELD.test(field)) yield value;
    else if (field === 'proxy' || field.endsWith('_url')) yield* secretsOfAddress(value);
  }
  yield* secretsOfHeaders(model.headers);
  yield* secretsOfLogin((model as unknown as { login?: LoginBlock }).login);
  for (const [name, value] of Object.entries(model.query)) {
    if (SECRET_NAME.test(name)) yield* spellings(value);
  }
}

function* secretsOfHeaders(headers: Readonly<Record<string, string>>): Generator<string> {
  for (const [name, value] of Object.entries(headers)) {
    if (!SECRET_NAME.test(name)) continue;
    yield value;
    // Without its scheme: "Bearer abc" may come back as "abc".
    if (value.includes(' ')) yield value.slice(value.indexOf(' ') + 1);
  }
}

/** What some types say under `login`, and its steps: constants that travel with the password. */
function* secretsOfLogin(login: LoginBlock | undefined): Generator<string> {
  for (const step of [login, ...(login?.steps ?? [])]) {
    yield* secretsOfHeaders(step?.headers ?? {});
    yield* secretsOfAddress(step?.url ?? '');
    for (const [name, value] of Object.entries(step?.fields ?? {})) {
      if (SECRET_NAME.test(name)) yield* spellings(String(value));
    }
  }
}

function* secretsOfAddress(address: string): Generator<string> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) return;
  for (const part of [url.username, url.password]) {
    yield part;
    yield decode(part);
  }
  for (const [name, value] of url.searchParams) {
    if (SECRET_NAME.test(name)) yield* spellings(value);
  }
}

/** As it is, and as it looks in an address. */
function* spellings(value: string): Generator<string> {
  yield value;
  yield encodeURIComponent(value);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
