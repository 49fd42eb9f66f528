import { Inspection } from '../../calls/inspection.js';
import { NOT_DIRECT } from '../../expressions/direct.js';
import { Expression, ExpressionError } from '../../expressions/expression.js';
import { LargeInput } from '../../expressions/large-input.js';
import { MappingError } from './mapping-error.js';

/** One evaluation, as the workbench shows it. */
export interface EvaluationStep {
  readonly name: string;
  readonly input: unknown;
  readonly result?: unknown;
  readonly error?: MappingError;
}

/** Every evaluation in this process. */
export const EVALUATIONS = new Inspection<EvaluationStep>('expression');

/**
 * What an evaluation uses besides its input: the values of `$names`, and the client of the call.
 */
export interface Scope {
  readonly bindings: Readonly<Record<string, unknown>>;
  /** The client that makes the call; clients take turns if expressions wait for an evaluator. */
  readonly owner?: string;
}

/** An expression and its key in the model's YAML, such as `response.text`. */
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

  /** Parses a large input once for all expressions. */
  static async prepare(
    expressions: readonly (NamedExpression | undefined)[],
    input: unknown,
    scope: Scope,
  ): Promise<void> {
    if (!(input instanceof LargeInput) || EVALUATIONS.isWatched) return;
    const asked = expressions.flatMap((expression) =>
      expression === undefined ? [] : [expression.#expression],
    );
    await Expression.evaluateAll(asked, input, scope.bindings, scope.owner);
  }

  get needsEvaluator(): boolean {
    return this.#expression.needsEvaluator;
  }

  /** @returns the fields that it reads of the value of a `$name`; undefined: it may read any */
  fieldsOf(name: string): readonly string[] | undefined {
    return this.#expression.fieldsOf(name);
  }

  /**
   * @returns the value itself for a plain expression, which is evaluated at once; otherwise a
   * promise
   */
  evaluate(input: unknown, scope: Scope): unknown {
    if (EVALUATIONS.isWatched) return this.#watched(input, scope);
    const value = this.#expression.evaluateDirect(input, scope.bindings);
    return value === NOT_DIRECT ? this.#run(input, scope) : value;
  }

  /**
   * Like `evaluate`, for a value that is passed on without being read.
   * @returns the value, or its JSON as bytes if that exists already
   */
  evaluateToJson(input: unknown, scope: Scope): unknown {
    if (EVALUATIONS.isWatched) return this.#watched(input, scope);
    const value = this.#expression.evaluateDirect(input, scope.bindings);
    return value === NOT_DIRECT ? this.#runToJson(input, scope) : value;
  }

  async #runToJson(input: unknown, scope: Scope): Promise<unknown> {
    try {
      return await this.#expression.evaluateToJson(input, scope.bindings, scope.owner ?? '');
    } catch (error) {
      throw this.#toMappingError(error);
    }
  }

  async #run(input: unknown, scope: Scope): Promise<unknown> {
    try {
      return await this.#expression.evaluate(input, scope.bindings, scope.owner);
    } catch (error) {
      throw this.#toMappingError(error);
    }
  }

  #toMappingError(error: unknown): unknown {
    return error instanceof ExpressionError ? new MappingError(this.name, error.message, error) : error;
  }

  async #watched(given: unknown, scope: Scope): Promise<unknown> {
    const { name } = this;
    const input: unknown = given instanceof LargeInput ? JSON.parse(given.json.toString()) : given;
    try {
      const result = await this.#run(input, scope);
      EVALUATIONS.publish({ name, input, result });
      return result;
    } catch (error) {
      if (error instanceof MappingError) EVALUATIONS.publish({ name, input, error });
      throw error;
    }
  }
}
