import { createHash } from 'node:crypto';
import { type ModelConfig } from '../../config/model.config.js';
import { Expression } from '../../expressions/expression.js';
import { type LoginPlan, planLogin } from './steps/login-plan.js';
import { type Account } from './steps/login-scope.js';
import { type LoginConfig } from './login.config.js';

const NAMES_AN_OWNER = /tenant|org|account|workspace|realm|company|corp|customer|user|domain/i;

/** How a token is won: everything that decides which token it is. */
export class LoginRecipe {
  /** Names the token in the cache. A hash of the account and of the login: models share it, an edit takes effect at once. */
  readonly key: string;
  readonly account: Account;
  readonly plan: LoginPlan;

  constructor(
    /** Whose proxy, TLS, header and query settings the login uses. */
    readonly model: ModelConfig,
    /** Where steps go that name no address of their own. */
    authUrl: string | undefined,
    username: string | undefined,
    password: string | undefined,
    /** How long the token is kept when the login answer does not say shorter. */
    readonly lifetimeMs: number,
    login?: LoginConfig,
  ) {
    this.account = { username, password };
    this.plan = planLogin(model, authUrl, login);
    // The model's own headers and query travel with the login, but are about its chats: models of one account share
    // a session however they differ there, for many services end the one session at the login of another. Where a
    // bad answer says why does not matter either.
    const steps = this.plan.steps.map(({ message: _message, ...step }) => step);
    const owner = [model.headers, model.query].map(ownerIn);
    const identity = JSON.stringify(
      [username, password, owner, { ...this.plan, steps, refresh: null }],
      inOrder,
    );
    this.key = `token:${createHash('sha256').update(identity).digest('hex')}`;
  }
}

/** What names the owner of a session: a token of one tenant must never serve another. */
function ownerIn(sent: Readonly<Record<string, string>>): Record<string, string> {
  const named = Object.entries(sent).filter(([name]) => NAMES_AN_OWNER.test(name));
  return Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), value]));
}

/** Two descriptions that say the same in another order are one recipe. */
function inOrder(_key: string, value: unknown): unknown {
  if (value instanceof Expression) return value.source;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
