import { NOT_DIRECT } from '../expressions/direct.js';
import { Expression, ExpressionError } from '../expressions/expression.js';
import { MappingError } from './mapping-error.js';

/** One evaluation, for whoever watches: the workbench. */
export interface EvaluationStep {
  readonly name: string;
  readonly input: unknown;
  readonly result?: unknown;
  readonly error?: MappingError;
}

export type EvaluationTrace = (step: EvaluationStep) => void;

/** What `$names` refer to, and who watches. */
export interface Scope {
  readonly bindings: Readonly<Record<string, unknown>>;
  readonly trace?: EvaluationTrace;
}

const TIMED_OUT = /\(D1012\)$/;

/** An expression, and where it stands in the model's YAML: `response.text`. */
export class NamedExpression {
  readonly #expression: Expression;

  constructor(
    readonly name: string,
    source: string,
  ) {
    this.#expression = Expression.compile(source);
  }

  static optional(name: string, source: string | undefined): NamedExpression | undefined {
    return source === undefined ? undefined : new NamedExpression(name, source);
  }

  /** @returns not always a promise: what is plain is evaluated at once */
  evaluate(input: unknown, scope: Scope): unknown {
    if (scope.trace !== undefined) return this.#watched(input, scope, scope.trace);
    const value = this.#expression.evaluateDirect(input, scope.bindings);
    return value === NOT_DIRECT ? this.#run(input, scope) : value;
  }

  async #run(input: unknown, scope: Scope, isLast = false): Promise<unknown> {
    try {
      return await this.#expression.evaluate(input, scope.bindings);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      // Its clock is the wall's, so a machine that stood still looks like an expression that loops: ask once more.
      if (!isLast && TIMED_OUT.test(error.message)) return this.#run(input, scope, true);
      throw new MappingError(this.name, error.message, error);
    }
  }

  async #watched(input: unknown, scope: Scope, trace: EvaluationTrace): Promise<unknown> {
    const { name } = this;
    try {
      const result = await this.#run(input, scope);
      trace({ name, input, result });
      return result;
    } catch (error) {
      if (error instanceof MappingError) trace({ name, input, error });
      throw error;
    }
  }
}
