import { type GatewayConfig } from './gateway.config.js';
import { type ModelConfig, upstreamsOf } from './model.config.js';
import { SHORTEST_SECRET } from './secret-spellings.js';

interface CallBlock {
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly body?: string;
}

/** What only some types have. */
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
/** Fields, headers and parameters whose values are secrets, by the look of their names. */
export const SECRET_NAME = /auth|key|token|secret|password|passwd|credential|cookie|signature|^sig$/i;
/**
 * Names of headers, parameters, settings and login fields whose values everybody may read: they say what is spoken,
 * not who speaks. All other values are secrets, unless `not_secret` names them.
 */
const HARMLESS_NAME =
  /^(accept(-.*)?|cache-control|from|host|(http-)?referer|origin|pragma|prefer|user-agent|x-requested-with|x-stainless-.*|x-title|alt|grant|stream|n|top-[kp]|temperature|max-tokens|(.*-)?(version|beta|type|format|lang|language|locale|region|charset|encoding|timezone|mode|model|method|scope))$/;
/** Values that say too little to hide, and that turn up everywhere. */
const HARMLESS_VALUE = /^(true|false|null|none|.{0,3})$/is;
/** Texts in an expression that look like nothing but a credential. */
const LIKE_A_CREDENTIAL = /^(?=.*\d)(?=.*[A-Za-z])[\w+=~-]{20,}$/;
const TEXTS_IN_EXPRESSION = /(?:(["'])((?:\\.|(?!\1).)*)\1\s*:\s*)?(["'])((?:\\.|(?!\3).)*)\3/gs;
const ADDRESS_WITH_LOGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*@/i;

const fileTexts = new WeakMap<GatewayConfig, readonly string[]>();

/** Remembers what `${file:…}` brought, which the finished configuration no longer tells apart. */
export function rememberFileTexts(config: GatewayConfig, texts: Iterable<string>): void {
  fileTexts.set(config, [...texts]);
}

export function fileTextsOf(config: GatewayConfig): readonly string[] {
  return fileTexts.get(config) ?? [];
}

/**
 * Every secret that the gateway shows to model services, to Redis, to proxies and to collectors, each once, as it is:
 * SecretMatcher knows how it may be spelled. Clients' API keys are not among them: only their digests are kept.
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

/** Whether a value is worth hiding that is a secret by its place, and not by its name. */
export function isTelling(value: string, name = ''): boolean {
  return value !== '' && (!HARMLESS_VALUE.test(value) || SECRET_NAME.test(name));
}

function addAll(secrets: Set<string>, values: Iterable<string>): void {
  for (const value of values) secrets.add(value);
}

/** Of a block that is no model's: fields that are secrets by their names, and the credentials in addresses. */
function* secretsOfBlock(block: unknown, name = ''): Generator<string> {
  if (typeof block === 'string') {
    if (SECRET_FIELD.test(name)) yield block;
    else yield* secretsOfAddress(block);
    // As a whole, too: it says where the tokens are.
    if (name === 'redis_url') yield block;
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
  // As HTTP's Basic puts them together; neither half alone would be found in its base64 as a whole.
  if (username !== undefined && password !== undefined) yield `${username}:${password}`;
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
    if (isPublic(name) || typeof value !== 'string' || !isTelling(value, name)) continue;
    yield value;
    // Without its scheme: "Bearer abc" may come back as "abc".
    const [scheme = '', rest] = value.split(/ (.*)/s);
    if (rest !== undefined) yield rest;
    // `user:password`, of which the service may have echoed a half.
    if (/^basic$/i.test(scheme))
      yield* Buffer.from(rest ?? '', 'base64')
        .toString()
        .split(/:(.*)/s)
        .slice(1);
    if (/cookie/i.test(name)) yield* value.split(/;\s*/).map((pair) => pair.slice(pair.indexOf('=') + 1));
  }
}

/** Every text and long number in a value, save under names that are public. */
function* secretsOfValues(value: unknown, isPublic: (name: string) => boolean, name = ''): Generator<string> {
  if (typeof value === 'string' && isTelling(value, name)) yield value;
  else if (typeof value === 'number' && String(value).length >= SHORTEST_SECRET) yield String(value);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value) as [string, unknown][]) {
      if (!isPublic(key)) yield* secretsOfValues(child, isPublic, Array.isArray(value) ? name : key);
    }
  }
}

/** An expression that is one text is a constant, and a secret like any other. */
function* secretsInExpressions(
  block: Readonly<Record<string, string>> | undefined,
  isPublic: (name: string) => boolean,
): Generator<string> {
  for (const [name, expression] of Object.entries(block ?? {})) {
    const constant = /^\s*(["'])((?:\\.|(?!\1).)*)\1\s*$/s.exec(String(expression))?.[2];
    if (constant === undefined) yield* secretsInExpression(expression);
    else if (!isPublic(name) && isTelling(constant, name)) yield constant;
  }
}

/** Texts that an expression calls a secret, `"app_secret": "…"`, or that look like nothing else. */
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
