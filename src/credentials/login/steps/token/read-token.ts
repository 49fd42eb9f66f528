import { findToken, readExpiresIn } from '../../login-answer.js';
import { type LoginPlan } from '../login-plan.js';
import { type LoginReply, kindOf, viewOf } from '../login-exchange.js';
import { kindOfResult, type LoginScope } from '../login-scope.js';
import { parseTime } from './parse-time.js';
import { type TokenLifetime, noticeEnd } from './token-end.js';

/**
 * A value that a header, a query parameter and a cookie can all carry: one line of visible ASCII of
 * limited length.
 */
const CARRIABLE = /^[\x21-\x7e](?:[\x20-\x7e]{0,65534}[\x21-\x7e])?$/;

/** Whether a header, a query parameter and a cookie can carry it. */
export function isCarriable(token: string): boolean {
  return CARRIABLE.test(token);
}

/** @returns undefined if the response has no token in the usual places. @throws LoginError */
export async function readToken(
  plan: LoginPlan,
  reply: LoginReply,
  scope: LoginScope,
): Promise<string | undefined> {
  if (plan.token === undefined) {
    const token = plan.tokenCookie === undefined ? findToken(reply.text) : reply.cookies[plan.tokenCookie];
    if (token === undefined || token === '' || CARRIABLE.test(token)) return token;
    throw scope.error(
      'The login response holds a token that no header can carry; expected one line of visible ASCII',
      {
        isRefused: true,
        upstreamStatus: reply.status,
      },
    );
  }
  const input = viewOf(reply);
  const token = await scope.evaluate('token', plan.token, input);
  const problem =
    typeof token !== 'string' || token === ''
      ? `${kindOfResult(token)}${kindOf(reply)}; expected a string`
      : CARRIABLE.test(token)
        ? undefined
        : 'gave a string that no header can carry; expected one line of visible ASCII';
  if (problem === undefined) return token as string;
  throw scope.expressionError('token', plan.token, input, problem, { upstreamStatus: reply.status });
}

/** @throws LoginError for a time in the past, and if a `lifetime` expression finds no time */
export async function readLifetime(
  plan: LoginPlan,
  reply: LoginReply,
  token: string,
  scope: LoginScope,
  nowMs: number,
): Promise<TokenLifetime> {
  if (plan.lifetime === undefined) {
    const { timeZone, tokenCookie } = plan;
    const cookieEndsAtMs = tokenCookie === undefined ? undefined : scope.cookies.endOf(tokenCookie);
    const { body } = reply;
    const { lifetimeMs, source, hint } = noticeEnd({ body, token, cookieEndsAtMs, timeZone, nowMs });
    const saidMs = readExpiresIn(body);
    if (lifetimeMs === undefined || (saidMs !== undefined && saidMs <= lifetimeMs))
      return { lifetimeMs: saidMs, hint: saidMs === undefined ? hint : undefined };
    return { lifetimeMs, source };
  }
  const input = viewOf(reply);
  const value = await scope.evaluate('lifetime', plan.lifetime, input);
  if (value === undefined || value === null) return { lifetimeMs: undefined };
  const lifetimeMs = toLifetimeMs(value, plan, nowMs);
  if (lifetimeMs !== 'no zone' && lifetimeMs > 0) return { lifetimeMs: Math.ceil(lifetimeMs) };
  const unit = plan.lifetimeUnit;
  const problem =
    lifetimeMs === 'no zone'
      ? 'gave a time without a time zone; expected iso_date with one, or login.time_zone'
      : Number.isNaN(lifetimeMs)
        ? `${kindOfResult(value)} that is not a time; expected ${unit}`
        : `gave an expiry in the past, by ${Math.round(-lifetimeMs / 1000)} s; expected ${unit}, later than now`;
  throw scope.expressionError('lifetime', plan.lifetime, input, problem, { upstreamStatus: reply.status });
}

/** @returns NaN for an unparsable value; negative for the past */
function toLifetimeMs(
  value: unknown,
  { lifetimeUnit: unit, timeZone }: LoginPlan,
  nowMs: number,
): number | 'no zone' {
  if (unit === 'iso_date') {
    const atMs = typeof value === 'string' ? parseTime(value, timeZone) : undefined;
    return atMs === 'no zone' ? atMs : (atMs ?? Number.NaN) - nowMs;
  }
  const isNumber = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
  const amount = isNumber ? Number(value) : Number.NaN;
  switch (unit) {
    case 'seconds':
      return amount * 1000;
    case 'milliseconds':
      return amount;
    case 'epoch_seconds':
      return amount * 1000 - nowMs;
    case 'epoch_milliseconds':
      return amount - nowMs;
  }
}
