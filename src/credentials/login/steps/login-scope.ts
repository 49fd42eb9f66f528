import { isMaskable } from '../../../config/secrets/secrets.js';
import { GATEWAY } from '../../../expressions/evaluator/evaluator-queue.js';
import { type Expression, ExpressionError } from '../../../expressions/expression.js';
import { HASH_FUNCTIONS } from '../../../expressions/host-functions.js';
import { CookieJar } from '../../../upstream/pool/cookie-jar.js';
import { LoginError, type LoginErrorDetails } from '../login-error.js';
import { viewOf, type LoginReply } from './login-exchange.js';
import { LOGINS, type LoginEvent } from './login-trace.js';

export interface Account {
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** From the previous login, for a renewal. */
  readonly refreshToken?: string;
}

/** The state of one login: who logs in, the responses so far, the captured values, and the secrets. */
export class LoginScope {
  readonly cookies = new CookieJar();
  readonly kept: Record<string, unknown> = {};
  readonly #replies: Record<string, unknown>[] = [];
  readonly #secrets = new Set<string>();

  constructor(
    readonly account: Account,
    /** For messages: `Login step 2 of 3`; empty if there is only one. */
    public step: string,
  ) {
    this.hide(account.password);
    this.hide(account.refreshToken);
  }

  /** The values that a `body` expression sees, and that replace `{name}`. */
  get values(): Record<string, unknown> {
    const { username, password, refreshToken } = this.account;
    return { ...this.kept, username, password, refresh_token: refreshToken, steps: this.#replies };
  }

  /** Reports to the observer, if there is one. */
  report(event: LoginEvent): void {
    if (LOGINS.isWatched) LOGINS.publish({ event, secrets: this.secrets });
  }

  took(reply: LoginReply): void {
    this.#replies.push(viewOf(reply));
    for (const value of Object.values(reply.cookies)) this.hide(value);
    this.report({ kind: 'answered', step: this.step, answer: reply });
  }

  keep(name: string, value: unknown): void {
    this.kept[name] = value;
    this.hide(value);
  }

  /**
   * Declares every string in `value` with at least `shortest` characters a secret of this login.
   */
  hide(value: unknown, shortest = 1): void {
    if (typeof value === 'string') {
      const { username, password } = this.account;
      const isWorthIt = value.length >= shortest && isMaskable(value) && value !== username;
      if (value !== '' && (isWorthIt || value === password)) this.#secrets.add(value);
    } else if (typeof value === 'object' && value !== null) {
      for (const child of Object.values(value) as unknown[]) this.hide(child, shortest);
    }
  }

  get secrets(): readonly string[] {
    return [...this.#secrets];
  }

  /**
   * @param name the expression's key in the configuration
   * @throws LoginError that names step and expression, but no value
   */
  async evaluate(name: string, expression: Expression, input: unknown): Promise<unknown> {
    const { username, password } = this.account;
    try {
      const bindings = { ...HASH_FUNCTIONS, username, password, kept: this.kept, steps: this.#replies };
      const result = await expression.evaluate(input, bindings, GATEWAY);
      this.report({
        kind: 'expression',
        step: this.step,
        name,
        source: expression.source,
        input,
        result,
      });
      return result;
    } catch (cause) {
      const { message: problem, isPassing } =
        cause instanceof ExpressionError ? cause : { message: 'failed', isPassing: false };
      throw this.expressionError(name, expression, input, problem, { cause, isRefused: !isPassing });
    }
  }

  /**
   * The error for an expression without a usable value.
   * @param problem as in `found nothing; expected a string`
   */
  expressionError(
    name: string,
    { source }: Expression,
    input: unknown,
    problem: string,
    details: Partial<LoginErrorDetails> = {},
  ): LoginError {
    this.report({ kind: 'failed expression', step: this.step, name, source, input, problem });
    return this.error(`The login's ${name} expression ${problem}`, { isRefused: true, ...details });
  }

  /** @param what a sentence that begins with "The" and has no full stop */
  error(what: string, details: LoginErrorDetails): LoginError {
    return new LoginError(this.step === '' ? what : `${this.step}: t${what.slice(1)}`, details);
  }
}

/** For messages: describes the result of an expression without revealing it. */
export function kindOfResult(value: unknown): string {
  if (value === undefined) return 'found nothing';
  if (value === null) return 'gave null';
  if (value === '') return 'gave an empty string';
  if (Array.isArray(value)) return 'gave a list';
  return typeof value === 'object' ? 'gave an object' : `gave a ${typeof value}`;
}
