import { type ModelConfig } from '../../../config/model.config.js';
import { Expression } from '../../../expressions/expression.js';
import {
  type LifetimeUnit,
  LoginConfig,
  type LoginPreset,
  type LoginStepConfig,
  type SendAs,
} from '../login.config.js';

/** How the fields of a login are sent. */
export type Encoding = 'json' | 'form' | 'query';
export type NamedExpressions = readonly (readonly [name: string, expression: Expression])[];

/** One call of a login, with all defaults filled in. */
export interface LoginStep {
  /** Absolute; `{name}` is replaced by a kept value. */
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly encoding: Encoding;
  readonly credentialsIn: 'fields' | 'basic' | 'nowhere';
  /**
   * RFC 6749 (2.3.1) requires encoding the id and the secret before they are used in HTTP Basic.
   */
  readonly isOAuth: boolean;
  readonly usernameField: string;
  readonly passwordField: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly body: Expression | undefined;
  readonly keep: NamedExpressions;
  readonly success: Expression | undefined;
  readonly message: Expression | undefined;
}

/** How a token is obtained, compiled from the configuration. */
export interface LoginPlan {
  readonly steps: readonly LoginStep[];
  /** Renews with the refresh token of the last login; undefined if that is not possible. */
  readonly refresh: LoginStep | undefined;
  readonly token: Expression | undefined;
  /** The cookie that is the token, if there is no token expression. */
  readonly tokenCookie: string | undefined;
  readonly lifetime: Expression | undefined;
  readonly lifetimeUnit: LifetimeUnit;
  /** The zone of times that state none. */
  readonly timeZone: string | undefined;
  readonly callHeaders: NamedExpressions;
  readonly callQuery: NamedExpressions;
}

interface PresetDefaults extends Pick<LoginStepConfig, 'send_as' | 'username_field' | 'password_field'> {
  readonly fields: Readonly<Record<string, string>>;
}

const PRESETS: Readonly<Record<LoginPreset, PresetDefaults>> = {
  default: { fields: {} },
  basic: { fields: {} },
  // RFC 6749, 4.4.2 and 2.3.1
  oauth2_client_credentials: {
    send_as: 'form',
    username_field: 'client_id',
    password_field: 'client_secret',
    fields: { grant_type: 'client_credentials' },
  },
  // RFC 6749, 4.3.2
  oauth2_password: { send_as: 'form', fields: { grant_type: 'password' } },
};

/** The plan of a login that has no configured steps. */
export const WITHOUT_STEPS: LoginPlan = {
  steps: [],
  refresh: undefined,
  token: undefined,
  tokenCookie: undefined,
  lifetime: undefined,
  lifetimeUnit: 'seconds',
  timeZone: undefined,
  callHeaders: [],
  callQuery: [],
};

/** @param authUrl address of the steps that have none of their own */
export function planLogin(
  model: ModelConfig,
  authUrl: string | undefined,
  login: LoginConfig = new LoginConfig(),
): LoginPlan {
  const steps = (login.steps ?? [login]).map((step) => planStep(model, authUrl, login, step));
  const isOAuth = steps[0]!.isOAuth;
  return {
    steps,
    refresh: isOAuth ? refreshStep(steps[0]!, login.preset!) : undefined,
    token: compiled(login.token),
    tokenCookie: login.carry?.in === 'cookie' && login.token === undefined ? login.carry.name : undefined,
    lifetime: compiled(login.lifetime),
    lifetimeUnit: login.lifetime_unit ?? 'seconds',
    timeZone: login.time_zone,
    callHeaders: compiledAll(login.call_headers),
    callQuery: compiledAll(login.call_query),
  };
}

/** Whether some of its expressions could take long for some inputs. */
export function needsEvaluator({ steps, token, lifetime, callHeaders, callQuery }: LoginPlan): boolean {
  const named = [...callHeaders, ...callQuery, ...steps.flatMap(({ keep }) => keep)];
  return [
    ...steps.flatMap(({ body, success, message }) => [body, success, message]),
    ...named.map(([, expression]) => expression),
    token,
    lifetime,
  ].some((expression) => expression?.needsEvaluator === true);
}

function planStep(
  model: ModelConfig,
  authUrl: string | undefined,
  login: LoginConfig,
  step: LoginStepConfig,
): LoginStep {
  const preset = login.preset ?? 'default';
  const defaults = PRESETS[preset];
  const sendAs = step.send_as ?? defaults.send_as ?? 'json';
  const method = step.method ?? 'POST';
  const isOAuth = preset.startsWith('oauth2_');
  return {
    url: step.url === undefined ? authUrl! : addressOf(step.url, model.base_url),
    method,
    headers: step.headers ?? {},
    encoding: encodingOf(sendAs, method, isOAuth, step.headers ?? {}),
    credentialsIn: sendAs === 'basic' ? 'basic' : sendAs === 'none' ? 'nowhere' : 'fields',
    isOAuth,
    usernameField: step.username_field ?? defaults.username_field ?? 'username',
    passwordField: step.password_field ?? defaults.password_field ?? 'password',
    fields: { ...defaults.fields, ...step.fields },
    body: compiled(step.body),
    keep: compiledAll(step.keep),
    success: compiled(step.success ?? login.success),
    message: compiled(step.message ?? login.message),
  };
}

/** RFC 6749, 6: same address and client, different grant. */
function refreshStep(login: LoginStep, preset: LoginPreset): LoginStep {
  const { scope: _scope, ...fields } = login.fields;
  const isOwnersLogin = preset === 'oauth2_password';
  return {
    ...login,
    fields: { ...fields, grant_type: 'refresh_token' },
    credentialsIn: isOwnersLogin ? 'nowhere' : login.credentialsIn,
    body: undefined,
  };
}

/** If nothing says how fields are sent, the content type decides. */
function encodingOf(
  sendAs: SendAs,
  method: string,
  isOAuth: boolean,
  headers: Readonly<Record<string, string>>,
): Encoding {
  if (method === 'GET') return 'query';
  if (sendAs !== 'basic' && sendAs !== 'none') return sendAs;
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return isOAuth || type?.includes('x-www-form-urlencoded') === true ? 'form' : 'json';
}

/** An absolute address unchanged; a path is appended to `base_url`. */
function addressOf(url: string, baseUrl: string): string {
  if (/^[a-z][a-z\d+.-]*:/i.test(url)) return url;
  return `${baseUrl.replace(/[?#].*$/, '').replace(/\/+$/, '')}/${url.replace(/^\/+/, '')}`;
}

function compiled(source: string | undefined): Expression | undefined {
  return source === undefined ? undefined : Expression.compile(source);
}

function compiledAll(sources: Readonly<Record<string, string>> | undefined): NamedExpressions {
  return Object.entries(sources ?? {}).map(([name, source]) => [name, Expression.compile(source)] as const);
}
