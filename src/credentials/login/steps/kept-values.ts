import { type LoginAnswer } from '../login-answer.js';
import { type LoginPlan, type LoginStep, type NamedExpressions } from './login-plan.js';
import { type LoginReply, kindOf, viewOf } from './login-exchange.js';
import { kindOfResult, type LoginScope } from './login-scope.js';

/** RFC 9110: visible characters, spaces and tabs; beyond ASCII only what fits in a byte. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Captures the values of a step's response that later steps and calls need.
 * @throws LoginError when one is missing
 */
export async function keepValues(step: LoginStep, reply: LoginReply, scope: LoginScope): Promise<void> {
  const input = viewOf(reply);
  for (const [name, expression] of step.keep) {
    const value = await scope.evaluate(`keep.${name}`, expression, input);
    if (value === undefined || value === null) {
      const problem = `${kindOfResult(value)}${kindOf(reply)}; expected a value`;
      throw scope.expressionError(`keep.${name}`, expression, input, problem, {
        upstreamStatus: reply.status,
      });
    }
    scope.keep(name, value);
  }
}

/**
 * The values that calls send in addition to the token, and the refresh token.
 * @throws LoginError
 */
export async function callExtras(
  plan: LoginPlan,
  reply: LoginReply,
  token: string,
  scope: LoginScope,
): Promise<Pick<LoginAnswer, 'headers' | 'query' | 'kept' | 'refreshToken'>> {
  const { steps: _steps, refresh_token: _refreshToken, password: _password, ...known } = scope.values;
  const input = { ...known, ...viewOf(reply), token };
  const headers = await namedTexts('call_headers', plan.callHeaders, input, reply, scope);
  const query = await namedTexts('call_query', plan.callQuery, input, reply, scope);
  const refreshToken = plan.refresh && (reply.body as { refresh_token?: unknown } | null)?.refresh_token;
  return {
    ...(headers && { headers }),
    ...(query && { query }),
    ...(Object.keys(scope.kept).length > 0 && { kept: scope.kept }),
    ...(typeof refreshToken === 'string' && refreshToken !== '' && { refreshToken }),
  };
}

async function namedTexts(
  block: 'call_headers' | 'call_query',
  expressions: NamedExpressions,
  input: unknown,
  reply: LoginReply,
  scope: LoginScope,
): Promise<Record<string, string> | undefined> {
  if (expressions.length === 0) return undefined;
  const texts: Record<string, string> = {};
  for (const [name, expression] of expressions) {
    const value = await scope.evaluate(`${block}.${name}`, expression, input);
    const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    const text = String(value);
    if (!isText || (block === 'call_headers' && !HEADER_VALUE.test(text))) {
      const found = isText ? 'gave a string that no header can carry' : kindOfResult(value);
      throw scope.expressionError(`${block}.${name}`, expression, input, `${found}; expected a string`, {
        upstreamStatus: reply.status,
      });
    }
    texts[block === 'call_headers' ? name.toLowerCase() : name] = text;
  }
  return texts;
}
