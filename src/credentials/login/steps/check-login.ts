import { type ConfigReport } from '../../../config/rules/config-report.js';
import { checkHeaders } from '../../../config/loading/models/header-rules.js';
import { entriesOf } from '../../../config/loading/yaml/value-kind.js';
import { type LoginConfig, type LoginStepConfig } from '../login.config.js';
import { isTimeZone } from './token/parse-time.js';
import { below, checkExpression, checkStep } from './check-step.js';

/** The keys of the model entry that a login may need. */
interface LoginOwner {
  readonly auth_url?: string;
  readonly username?: string;
  readonly password?: string;
}

const STEP_KEYS = [
  'url',
  'method',
  'headers',
  'send_as',
  'username_field',
  'password_field',
  'fields',
  'body',
  'keep',
] as const;

/**
 * Checks the rules of a login that involve several keys. Fields may have a wrong type, which is
 * already reported.
 */
export function checkLogin(login: LoginConfig, owner: LoginOwner, report: ConfigReport): void {
  const own = below(['login'], report);
  checkCarry(login, own);
  if (login.preset === 'basic') {
    checkBasic(login, owner, own, report);
    return;
  }
  const isList = Array.isArray(login.steps);
  const steps: readonly LoginStepConfig[] = isList ? login.steps! : [login];
  if (login.steps !== undefined) checkSteps(login, own);
  checkAccount(login, steps, owner, own, report);
  const kept = new Set<string>();
  for (const [index, step] of steps.entries()) checkStep(step, isList ? ['steps', index] : [], kept, own);
  checkUse(login, own);
}

/** Checks a preset without any login: every call sends user name and password. */
function checkBasic(login: LoginConfig, owner: LoginOwner, own: ConfigReport, report: ConfigReport): void {
  for (const key of Object.keys(login) as (keyof LoginConfig)[]) {
    if (login[key] === undefined || key === 'preset' || key === 'carry') continue;
    own.problem([key], 'cannot be combined with preset: basic, which has no login; expected carry at most');
  }
  for (const key of ['username', 'password'] as const) {
    if (owner[key] === undefined)
      report.problem(key, 'is missing; expected username and password, which preset: basic sends');
  }
  if (owner.auth_url !== undefined)
    report.warning('auth_url', 'has no effect with preset: basic, which has no login');
}

function checkSteps(login: LoginConfig, own: ConfigReport): void {
  if (Array.isArray(login.steps) && login.steps.length === 0)
    own.problem('steps', 'is empty, expected at least one step');
  for (const key of STEP_KEYS) {
    if (login[key] !== undefined)
      own.problem(key, 'cannot be combined with steps; expected it inside a step');
  }
  for (const key of ['success', 'message'] as const) checkExpression(login[key], [key], own);
  if (login.preset?.startsWith?.('oauth2_') === true)
    own.problem('preset', 'cannot be combined with steps; expected one call, as OAuth 2.0 has it');
}

/** Checks that `auth_url`, `username` and `password` are set if the steps need them. */
function checkAccount(
  login: LoginConfig,
  steps: readonly LoginStepConfig[],
  owner: LoginOwner,
  own: ConfigReport,
  report: ConfigReport,
): void {
  if (owner.auth_url === undefined && steps.some(({ url }) => url === undefined))
    report.problem('auth_url', 'is missing; expected it, or a url in every step of the login');
  const isSent = steps.some((step) => step.body === undefined && step.send_as !== 'none');
  for (const key of ['username', 'password'] as const) {
    if (isSent && owner[key] === undefined)
      report.problem(key, 'is missing; expected username and password, which the login sends');
  }
  if (login.preset === 'oauth2_password' && login.send_as === 'basic') {
    own.problem(
      'send_as',
      'cannot be combined with preset: oauth2_password; expected form, with client_id and client_secret under fields',
    );
  }
}

/** Checks how calls use the token, and how its expiry is found. */
function checkUse(login: LoginConfig, own: ConfigReport): void {
  for (const key of ['token', 'lifetime'] as const) checkExpression(login[key], [key], own);
  for (const key of ['call_headers', 'call_query'] as const) {
    for (const [name, value] of entriesOf(login[key])) checkExpression(value, [key, name], own);
  }
  checkNames(Object.keys(login.call_headers ?? {}), 'call_headers', own);
  if (login.lifetime_unit !== undefined && login.lifetime === undefined)
    own.warning('lifetime_unit', 'has no effect without lifetime');
  if (typeof login.time_zone === 'string') {
    if (!isTimeZone(login.time_zone))
      own.problem(
        'time_zone',
        'expected the name of a time zone such as Asia/Shanghai, or an offset such as +08:00',
      );
    else if (login.lifetime !== undefined && login.lifetime_unit !== 'iso_date')
      own.warning('time_zone', 'has no effect with a lifetime that is not an iso_date');
  }
  const { status, body } = login.refused_when ?? {};
  checkExpression(body, ['refused_when', 'body'], own);
  const isStatus = (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) >= 300 && (value as number) <= 599;
  if (Array.isArray(status) && !status.every(isStatus))
    own.problem(['refused_when', 'status'], 'expected a list of HTTP statuses from 300 to 599, got others');
}

function checkCarry({ carry }: LoginConfig, own: ConfigReport): void {
  if (carry === undefined) return;
  if (carry.in === 'cookie' && carry.name === undefined)
    own.problem(['carry', 'name'], 'is missing; expected the name of the cookie');
  if (typeof carry.name === 'string' && carry.in !== 'query') checkNames([carry.name], 'carry', own, 'name');
  if (typeof carry.prefix === 'string' && !/^[\x20-\x7e]*$/.test(carry.prefix))
    own.problem(['carry', 'prefix'], 'expected visible ASCII characters and spaces, got others');
}

/** Checks that header names are valid and not set by the gateway itself. */
function checkNames(names: readonly string[], key: string, own: ConfigReport, place?: string): void {
  const at = (name: string): readonly string[] => [key, place ?? name];
  for (const name of names) {
    const say = (_key: unknown, message: string): void => own.problem(at(name), message);
    checkHeaders({ headers: { [name]: '' } }, { problem: say, warning: say, absent: say });
  }
}
