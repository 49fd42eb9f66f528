import { type AccessToken } from '../login-answer.js';
import { LoginError } from '../login-error.js';
import { type LoginRecipe } from '../login-recipe.js';
import { type NamedExpressions } from './login-plan.js';
import { buildLoginRequest } from './login-request.js';
import { LoginScope } from './login-scope.js';

/**
 * Matches a placeholder for a value that only a response has. No encoding changes the characters of
 * a placeholder.
 */
export const PLACEHOLDER = /\b(TOKEN-OF-THE-LOGIN|VALUE-OF-[\w-]+)\b/;

/**
 * Builds the requests of a login without sending them. A placeholder replaces each value that a
 * request needs from a response. A request that cannot be built this way is omitted, after `LOGINS`
 * has reported it.
 * @throws LoginError if not even the first request can be built
 */
export async function rehearseLogin({ plan, model, account }: LoginRecipe): Promise<AccessToken> {
  const scope = new LoginScope(account, '');
  const { steps } = plan;
  for (const [index, step] of steps.entries()) {
    if (steps.length > 1) scope.step = `Login step ${index + 1} of ${steps.length}`;
    try {
      await buildLoginRequest(step, model, scope);
    } catch (error) {
      if (index === 0 || !(error instanceof LoginError)) throw error;
    }
    // keep() is not used, because a placeholder is not a secret.
    for (const [name] of step.keep) scope.kept[name] = valueOf(name);
  }
  return {
    token: 'TOKEN-OF-THE-LOGIN',
    headers: placeholders(plan.callHeaders, (name) => name.toLowerCase()),
    query: placeholders(plan.callQuery, (name) => name),
    kept: scope.kept,
  };
}

function placeholders(named: NamedExpressions, key: (name: string) => string): Record<string, string> {
  return Object.fromEntries(named.map(([name]) => [key(name), valueOf(name)]));
}

function valueOf(name: string): string {
  return `VALUE-OF-${name.replaceAll(/[^\w-]/g, '-')}`;
}
