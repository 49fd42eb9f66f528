import { SHORTEST_SECRET } from '../../../config/secrets/secret-spellings.js';
import { type Account, kindOfResult, type LoginScope } from './login-scope.js';
import { type LoginRequest } from './login-exchange.js';
import { type LoginStep } from './login-plan.js';
import { isJsonObject } from '../../../protocol/json.js';

/** What the model adds to each of its calls. */
export interface ModelSettings {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

const CONTENT_TYPES = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  query: undefined,
} as const;

/** Builds a step's request from its description and the values known so far. @throws LoginError */
export async function buildLoginRequest(
  step: LoginStep,
  model: ModelSettings,
  scope: LoginScope,
): Promise<LoginRequest> {
  const sent = await whatToSend(step, scope);
  const url = addressOf(step, model, scope);
  let body: string | undefined;
  if (typeof sent === 'string') body = sent;
  else if (step.encoding === 'query') {
    for (const [name, value] of flat(sent)) url.searchParams.set(name, value);
  } else if (step.encoding === 'form') body = new URLSearchParams(flat(sent)).toString();
  else if (step.credentialsIn === 'fields' || step.body !== undefined || Object.keys(sent).length > 0)
    body = JSON.stringify(sent);
  const request = {
    method: step.method,
    url: url.href,
    body,
    headers: headersOf(step, model, scope, url, body),
  };
  scope.report({ kind: 'sent', step: scope.step, request });
  return request;
}

async function whatToSend(step: LoginStep, scope: LoginScope): Promise<Record<string, unknown> | string> {
  const { username, password, refreshToken } = scope.account;
  if (step.body === undefined) {
    const account =
      step.credentialsIn === 'fields'
        ? { [step.usernameField]: username, [step.passwordField]: password }
        : {};
    const isRefresh = step.fields['grant_type'] === 'refresh_token';
    return { ...account, ...step.fields, ...(isRefresh && { refresh_token: refreshToken }) };
  }
  const sent = await scope.evaluate('body', step.body, scope.values);
  const isObject = isJsonObject(sent);
  if (!isObject && !(typeof sent === 'string' && sent !== '' && step.encoding !== 'query')) {
    const problem = `${kindOfResult(sent)}; expected an object${step.encoding === 'query' ? '' : ' or a text'}`;
    throw scope.expressionError('body', step.body, scope.values, problem);
  }
  // A body also contains ordinary words, such as `web`, which are not secret.
  scope.hide(sent, SHORTEST_SECRET);
  return sent as Record<string, unknown> | string;
}

function addressOf(step: LoginStep, model: ModelSettings, scope: LoginScope): URL {
  const address = fill(step.url, scope, encodeURIComponent);
  if (!URL.canParse(address)) {
    throw scope.error('The address is invalid with the kept values in it', { isRefused: true });
  }
  const url = new URL(address);
  for (const [name, value] of Object.entries(model.query)) url.searchParams.set(name, value);
  return url;
}

function headersOf(
  step: LoginStep,
  model: ModelSettings,
  scope: LoginScope,
  url: URL,
  body: string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = { accept: 'application/json' };
  for (const [name, value] of Object.entries(model.headers)) headers[name.toLowerCase()] = value;
  const type = CONTENT_TYPES[step.encoding];
  delete headers['content-type'];
  if (body !== undefined && type !== undefined) headers['content-type'] = type;
  if (step.credentialsIn === 'basic') headers['authorization'] = basic(scope, step.isOAuth);
  for (const [name, value] of Object.entries(step.headers)) {
    headers[name.toLowerCase()] = fill(value, scope, (text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, ''));
  }
  const cookies = scope.cookies.headerFor(url.href);
  if (cookies !== undefined) {
    headers['cookie'] = headers['cookie'] === undefined ? cookies : `${headers['cookie']}; ${cookies}`;
  }
  return headers;
}

function basic(scope: LoginScope, isOAuth: boolean): string {
  const value = basicCredential(scope.account, isOAuth ? encodeURIComponent : undefined);
  scope.hide(value);
  return `Basic ${value}`;
}

/** User name and password, encoded as in RFC 7617. */
export function basicCredential(
  { username = '', password = '' }: Partial<Account>,
  encode: (text: string) => string = (text) => text,
): string {
  return Buffer.from(`${encode(username)}:${encode(password)}`).toString('base64');
}

/** Replaces names in braces with kept values; other braces remain. */
function fill(template: string, scope: LoginScope, encode: (text: string) => string): string {
  return template.replace(/\{([A-Za-z_]\w*)\}/g, (braces, name: string) => {
    const value = name === 'username' ? scope.account.username : scope.kept[name];
    return value === undefined ? braces : encode(textOf(value));
  });
}

function flat(sent: Record<string, unknown>): [string, string][] {
  return Object.entries(sent)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, textOf(value)]);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
