import { createHash } from 'node:crypto';
import { type ModelConfig } from '../../config/model.config.js';
import { Expression } from '../../expressions/expression.js';
import { type LoginPlan, WITHOUT_STEPS, planLogin } from './steps/login-plan.js';
import { type Account } from './steps/login-scope.js';
import { type LoginConfig } from './login.config.js';
import { type TokenSource } from './token-source.js';

const NAMES_AN_OWNER = /tenant|org|account|workspace|realm|company|corp|customer|user|domain/i;

/** Everything that decides which token a login returns. */
export class LoginRecipe {
  /**
   * Names the token in the cache. It is a hash of the account and the login, so models of one
   * account share a token, and an edit takes effect at once.
   */
  readonly key: string;
  readonly account: Account;
  readonly plan: LoginPlan;

  constructor(
    /** The model whose proxy, TLS, header and query settings the login uses. */
    readonly model: ModelConfig,
    /** Address of the steps that have none of their own. */
    authUrl: string | undefined,
    username: string | undefined,
    password: string | undefined,
    /** How long the token is kept unless the login response states a shorter time. */
    readonly lifetimeMs: number,
    login?: LoginConfig,
    /** Obtains the token instead of the steps of `login`. */
    readonly source?: TokenSource,
  ) {
    this.account = { username, password };
    this.plan = source === undefined ? planLogin(model, authUrl, login) : WITHOUT_STEPS;
    // The model's own headers and query are sent with the login, but belong to its chats. Models of
    // one account share a session even if these differ, because many services end one session when
    // another logs in. The place of error messages does not matter either.
    const steps = this.plan.steps.map(({ message: _message, ...step }) => step);
    const owner = [model.headers, model.query].map(ownerIn);
    const identity = JSON.stringify(
      [username, password, owner, { ...this.plan, steps, refresh: null }, source?.identity],
      inOrder,
    );
    this.key = `token:${createHash('sha256').update(identity).digest('hex')}`;
  }
}

/**
 * Header or query values that identify the owner of a session: a token of one tenant must never
 * serve another.
 */
function ownerIn(sent: Readonly<Record<string, string>>): Record<string, string> {
  const named = Object.entries(sent).filter(([name]) => NAMES_AN_OWNER.test(name));
  return Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), value]));
}

/** Sorts keys, so that descriptions that differ only in their order become equal. */
function inOrder(_key: string, value: unknown): unknown {
  if (value instanceof Expression) return value.source;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
