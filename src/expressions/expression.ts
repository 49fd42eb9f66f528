import jsonata from 'jsonata';
import { type DirectEvaluation, NOT_DIRECT, compileDirect } from './direct.js';

/**
 * The evaluator's own guard rails, checked at every step: an expression that loops would starve every other request,
 * since it never gives the event loop back. Its time is the wall clock's: a container whose share of the processor is
 * used up stands still for nearly 100 ms at a time, which must not fail a call.
 */
const LIMITS = { timeout: 500, stack: 300, sequence: 100_000 };

/** An expression that cannot be compiled, or that failed on an input. Messages name no value of the input. */
export class ExpressionError extends Error {
  constructor(
    message: string,
    readonly source: string,
    /** Characters from the start of the source; undefined when unknown. */
    readonly position?: number,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = ExpressionError.name;
  }
}

/** One JSONata expression, compiled once. Language: https://docs.jsonata.org */
export class Expression {
  readonly #direct: DirectEvaluation | undefined;

  private constructor(
    readonly source: string,
    private readonly compiled: jsonata.Expression,
  ) {
    this.#direct = compileDirect(compiled.ast());
  }

  /** @throws ExpressionError with the position of a syntax error */
  static compile(source: string): Expression {
    try {
      return new Expression(source, jsonata(source, LIMITS));
    } catch (cause) {
      const { code, position, token } = cause as { code?: string; position?: number; token?: string };
      const near = token === undefined || token === '(end)' ? 'at its end' : `near '${token}'`;
      throw new ExpressionError(
        `is not a JSONata expression: syntax error ${near} (${code})`,
        source,
        position,
        cause,
      );
    }
  }

  /** Like `evaluate`, but at once; NOT_DIRECT where only the evaluator knows. */
  evaluateDirect(input: unknown, bindings: Readonly<Record<string, unknown>> = {}): unknown {
    return this.#direct === undefined ? NOT_DIRECT : this.#direct(input, bindings);
  }

  /**
   * @param input what names and paths refer to
   * @param bindings what `$name` refers to
   * @returns plain JSON; undefined when the expression found nothing
   * @throws ExpressionError when it fails, loops, or goes too deep
   */
  async evaluate(input: unknown, bindings?: Readonly<Record<string, unknown>>): Promise<unknown> {
    try {
      return (await this.compiled.evaluate(input, bindings)) as unknown;
    } catch (cause) {
      const { code = 'unknown', position } = cause as { code?: string; position?: number };
      throw new ExpressionError(`${MESSAGES[code] ?? 'failed'} (${code})`, this.source, position, cause);
    }
  }
}

const MESSAGES: Readonly<Record<string, string>> = {
  D1011: 'goes too deep',
  D1012: `took longer than ${LIMITS.timeout} ms`,
  D2014: 'makes a list that is too long',
  D2015: 'makes a list that is too long',
  D3137: 'raised an error of its own',
  D3141: 'asserted what is not so',
};
