import { type GatewayConfig } from '../gateway.config.js';
import { type ModelConfig, upstreamsOf } from '../model.config.js';
import { SHORTEST_SECRET } from './secret-spellings.js';

interface CallBlock {
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly body?: string;
}

/** Fields that only some model types have. */
interface SomeFields {
  readonly username?: string;
  readonly password?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly login?: CallBlock & {
    readonly steps?: readonly CallBlock[];
    readonly call_headers?: Readonly<Record<string, string>>;
    readonly call_query?: Readonly<Record<string, string>>;
  };
  readonly request?: CallBlock;
  readonly poll?: CallBlock;
}

const SECRET_FIELD = /^(api_key|token|password|secret)$|_(key|token|password|secret)$/;
const SECRETS_OF_A_GOOGLE_KEY = ['private_key', 'client_secret', 'refresh_token'];
/** Names of fields, headers and parameters that suggest a secret value. */
export const SECRET_NAME = /auth|key|token|secret|password|passwd|credential|cookie|signature|^sig$/i;
/**
 * Names of headers, parameters, settings and login fields with public values: they describe the protocol, not the
 * sender. All other values are secrets unless `not_secret` lists them.
 */
const HARMLESS_NAME =
  /^(accept(-.*)?|cache-control|from|host|(http-)?referer|origin|pragma|prefer|user-agent|x-requested-with|x-stainless-.*|x-title|alt|grant|stream|n|top-[kp]|temperature|max-tokens|(.*-)?(version|beta|type|format|lang|language|locale|region|charset|encoding|timezone|mode|model|method|scope))$/;
/** Values too common or too short to mask. */
const HARMLESS_VALUE = /^(true|false|null|none|.{0,3})$/is;
/** Texts in an expression that are almost certainly credentials. */
const LIKE_A_CREDENTIAL = /^(?=.*\d)(?=.*[A-Za-z])[\w+=~-]{20,}$/;
const TEXTS_IN_EXPRESSION = /(?:(["'])((?:\\.|(?!\1).)*)\1\s*:\s*)?(["'])((?:\\.|(?!\3).)*)\3/gs;
const ADDRESS_WITH_LOGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*@/i;

const fileTexts = new WeakMap<GatewayConfig, readonly string[]>();

/** Remembers texts read by `${file:…}`, which the loaded configuration no longer distinguishes. */
export function rememberFileTexts(config: GatewayConfig, texts: Iterable<string>): void {
  fileTexts.set(config, [...texts]);
}

export function fileTextsOf(config: GatewayConfig): readonly string[] {
  return fileTexts.get(config) ?? [];
}

/**
 * Every secret that the gateway sends to model services, Redis, proxies and collectors, once each, in plain spelling;
 * SecretMatcher adds the other spellings. Clients' API keys are not included: only their digests are kept.
 */
export function configuredSecrets(config: GatewayConfig): readonly string[] {
  const secrets = new Set<string>();
  for (const text of fileTextsOf(config)) if (text.length >= SHORTEST_SECRET) secrets.add(text);
  for (const [name, block] of Object.entries(config) as [string, unknown][]) {
    // The keys of `auth` are digests.
    if (name !== 'models' && name !== 'auth') addAll(secrets, secretsOfBlock(block));
  }
  for (const model of config.models.flatMap((entry) => [entry, ...upstreamsOf(entry)])) {
    addAll(secrets, secretsOfModel(model));
  }
  secrets.delete('');
  return [...secrets];
}

/** Whether to mask a value that is secret because of where it is, not because of its name. */
export function isMaskable(value: string, name = ''): boolean {
  return value !== '' && (!HARMLESS_VALUE.test(value) || SECRET_NAME.test(name));
}

function addAll(secrets: Set<string>, values: Iterable<string>): void {
  for (const value of values) secrets.add(value);
}

/** The secrets of a block outside the models: fields with secret names, and credentials in addresses. */
function* secretsOfBlock(block: unknown, name = ''): Generator<string> {
  if (typeof block === 'string') {
    if (SECRET_FIELD.test(name)) yield block;
    else yield* secretsOfAddress(block);
    // The whole address is a secret, too: it reveals where tokens are stored, or who spends how
    // much.
    if (name === 'redis_url' || (name === 'store' && ADDRESS_WITH_LOGIN.test(block))) yield block;
  } else if (typeof block === 'object' && block !== null) {
    for (const [key, value] of Object.entries(block) as [string, unknown][]) {
      if (key === 'headers') yield* secretsOfHeaders(value as Record<string, string>, () => false);
      else yield* secretsOfBlock(value, key);
    }
  }
}

function* secretsOfModel(model: ModelConfig): Generator<string> {
  for (const [field, value] of Object.entries(model) as [string, unknown][]) {
    if (typeof value !== 'string') continue;
    if (SECRET_FIELD.test(field)) yield value;
    else if (field === 'proxy' || field.endsWith('_url')) yield* secretsOfAddress(value);
  }
  const { username, password, settings, login, request, poll } = model as ModelConfig & SomeFields;
  // The pair of Basic authentication: neither half alone would match its base64.
  if (username !== undefined && password !== undefined) yield `${username}:${password}`;
  for (const field of SECRETS_OF_A_GOOGLE_KEY) {
    const value = model.googleAuth?.key?.[field];
    if (typeof value === 'string') yield value;
  }
  const isPublic = publicNames(model.not_secret);
  yield* secretsOfHeaders(model.headers, isPublic);
  yield* secretsOfValues(model.query, isPublic);
  yield* secretsOfValues(settings, isPublic);
  for (const step of [login, ...(login?.steps ?? [])]) {
    yield* secretsOfHeaders(step?.headers ?? {}, isPublic);
    yield* secretsOfAddress(step?.url ?? '');
    yield* secretsOfValues(step?.fields, isPublic);
    yield* secretsInExpression(step?.body);
  }
  for (const block of [login?.call_headers, login?.call_query]) yield* secretsInExpressions(block, isPublic);
  for (const call of [request, poll]) {
    yield* secretsInExpression(call?.body);
    for (const block of [call?.headers, call?.query]) yield* secretsInExpressions(block, isPublic);
  }
}

function publicNames(named: readonly string[] = []): (name: string) => boolean {
  const names = new Set(named.map((name) => name.toLowerCase()));
  return (name) => {
    const lower = name.toLowerCase();
    return names.has(lower) || HARMLESS_NAME.test(lower.replaceAll('_', '-'));
  };
}

function* secretsOfHeaders(
  headers: Readonly<Record<string, string>>,
  isPublic: (name: string) => boolean,
): Generator<string> {
  for (const [name, value] of Object.entries(headers)) {
    if (isPublic(name) || typeof value !== 'string' || !isMaskable(value, name)) continue;
    yield value;
    // A service may echo "Bearer abc" as "abc".
    const [scheme = '', rest] = value.split(/ (.*)/s);
    if (rest !== undefined) yield rest;
    // The service may echo either half of `user:password`.
    if (/^basic$/i.test(scheme))
      yield* Buffer.from(rest ?? '', 'base64')
        .toString()
        .split(/:(.*)/s)
        .slice(1);
    if (/cookie/i.test(name)) yield* value.split(/;\s*/).map((pair) => pair.slice(pair.indexOf('=') + 1));
  }
}

/** Every text and long number in a value, except under public names. */
function* secretsOfValues(value: unknown, isPublic: (name: string) => boolean, name = ''): Generator<string> {
  if (typeof value === 'string' && isMaskable(value, name)) yield value;
  else if (typeof value === 'number' && String(value).length >= SHORTEST_SECRET) yield String(value);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value) as [string, unknown][]) {
      if (!isPublic(key)) yield* secretsOfValues(child, isPublic, Array.isArray(value) ? name : key);
    }
  }
}

/** Secrets in expressions; an expression that is a single text is itself a secret constant. */
function* secretsInExpressions(
  block: Readonly<Record<string, string>> | undefined,
  isPublic: (name: string) => boolean,
): Generator<string> {
  for (const [name, expression] of Object.entries(block ?? {})) {
    const constant = /^\s*(["'])((?:\\.|(?!\1).)*)\1\s*$/s.exec(String(expression))?.[2];
    if (constant === undefined) yield* secretsInExpression(expression);
    else if (!isPublic(name) && isMaskable(constant, name)) yield constant;
  }
}

/** Texts under a secret name in an expression, `"app_secret": "…"`, or that look like a credential. */
function* secretsInExpression(expression: string | undefined): Generator<string> {
  if (typeof expression !== 'string') return;
  for (const [, , name = '', , text = ''] of expression.matchAll(TEXTS_IN_EXPRESSION)) {
    if (LIKE_A_CREDENTIAL.test(text) || (SECRET_NAME.test(name) && text !== '')) yield text;
  }
}

function* secretsOfAddress(address: string): Generator<string> {
  if (!ADDRESS_WITH_LOGIN.test(address) && !address.includes('?')) return;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined) return;
  const [username, password] = [decode(url.username), decode(url.password)];
  yield password;
  if (username.length >= SHORTEST_SECRET && !url.protocol.startsWith('redis')) yield username;
  if (password !== '') yield `${username}:${password}`;
  for (const [name, value] of url.searchParams) if (SECRET_NAME.test(name)) yield value;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
