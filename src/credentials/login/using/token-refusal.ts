import { Logger } from '@nestjs/common';
import { EvaluatorsBusyError } from '../../../errors/caller-errors.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { Expression, ExpressionError } from '../../../expressions/expression.js';
import { type CredentialRefusal } from '../../credential.js';
import { type LoginConfig, type RefusedWhenConfig } from '../login.config.js';

/** The part of a call's response that shows whether the token is still valid. */
export interface JudgedAnswer {
  readonly status: number;
  /** Parsed JSON. */
  readonly body: unknown;
  /** The client that makes the call; empty for the gateway itself. */
  readonly owner: string;
}

/** Which of a model's responses say that its token is no longer valid. */
export class TokenRefusal implements CredentialRefusal {
  readonly #log = new Logger(TokenRefusal.name);
  readonly #statuses: ReadonlySet<number>;
  readonly #body: Expression | undefined;

  constructor(
    private readonly model: string,
    { status, body }: RefusedWhenConfig,
  ) {
    this.#statuses = new Set(status ?? [401]);
    this.#body = body === undefined ? undefined : Expression.compile(body);
  }

  /** @returns undefined if the login has no `refused_when` */
  static of(model: string, login: LoginConfig | undefined): TokenRefusal | undefined {
    return login?.refused_when && new TokenRefusal(model, login.refused_when);
  }

  /** Whether its expression could take long for some bodies. */
  get needsEvaluator(): boolean {
    return this.#body?.needsEvaluator === true;
  }

  /** Whether the body must be read to decide. */
  get looksAtBody(): boolean {
    return this.#body !== undefined;
  }

  saysStatus(status: number): boolean {
    return this.#statuses.has(status);
  }

  /**
   * @throws EvaluatorsBusyError; UpstreamError if the expression fails, because then the response
   * cannot be judged
   */
  async saysBody(answer: JudgedAnswer): Promise<boolean> {
    if (this.#body === undefined) return false;
    try {
      return (await this.#body.evaluate(answer.body, { status: answer.status }, answer.owner)) === true;
    } catch (cause) {
      const problem = cause instanceof ExpressionError ? cause.message : 'failed';
      this.#log.warn({ message: 'refused_when failed', model: this.model, reason: problem });
      if (cause instanceof ExpressionError && cause.isPassing) throw new EvaluatorsBusyError(cause);
      throw new UpstreamError('upstream_invalid_response', `The refused_when.body expression ${problem}.`, {
        upstreamStatus: answer.status,
        cause,
      });
    }
  }
}
