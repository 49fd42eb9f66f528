import { readExpiresIn, readLoginAnswer } from '../login-answer.js';
import { type LifetimeUnit } from '../login.config.js';
import { type LoginPlan } from './login-plan.js';
import { type LoginReply, kindOf, viewOf } from './login-exchange.js';
import { kindOfResult, type LoginScope } from './login-scope.js';

/** What any of the three carriers can take: one line of visible ASCII. */
const CARRIABLE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

/** @returns undefined when the answer holds none where one is usually found. @throws LoginError */
export async function readToken(
  plan: LoginPlan,
  reply: LoginReply,
  scope: LoginScope,
): Promise<string | undefined> {
  if (plan.tokenCookie !== undefined) return reply.cookies[plan.tokenCookie];
  if (plan.token === undefined) return readLoginAnswer(reply.text)?.token;
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

/** @returns milliseconds from now; undefined when the answer does not say. @throws LoginError for the past */
export async function readLifetime(
  plan: LoginPlan,
  reply: LoginReply,
  scope: LoginScope,
  nowMs: number,
): Promise<number | undefined> {
  if (plan.lifetime === undefined) return readExpiresIn(reply.body);
  const input = viewOf(reply);
  const value = await scope.evaluate('lifetime', plan.lifetime, input);
  if (value === undefined || value === null) return undefined;
  const lifetimeMs = toLifetimeMs(value, plan.lifetimeUnit, nowMs);
  if (lifetimeMs > 0) return Math.ceil(lifetimeMs);
  const problem = Number.isNaN(lifetimeMs)
    ? `${kindOfResult(value)} that is no time; expected ${plan.lifetimeUnit}`
    : `gave an expiry in the past, by ${Math.round(-lifetimeMs / 1000)} s; expected ${plan.lifetimeUnit}, later than now`;
  throw scope.expressionError('lifetime', plan.lifetime, input, problem, { upstreamStatus: reply.status });
}

/** @returns NaN for what cannot be read; negative for the past */
function toLifetimeMs(value: unknown, unit: LifetimeUnit, nowMs: number): number {
  if (unit === 'iso_date') return typeof value === 'string' ? Date.parse(value) - nowMs : Number.NaN;
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
