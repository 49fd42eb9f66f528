import { createRequire } from 'node:module';
import type jsonata from 'jsonata';
import { parseLosslessJson, stringifyJson } from '../protocol/json.js';
import { NO_LIMITS } from '../protocol/scanning/json-scan.js';
import { type Bounds, boundsOf, fieldsOf } from './bounded.js';
import { type DirectEvaluation, NOT_DIRECT, compileDirect } from './direct.js';
import { type Outcome } from './evaluator/evaluator-process.js';
import { type Owner } from './evaluator/evaluator-queue.js';
import { evaluators } from './evaluator/evaluators.js';
import { HOST_FUNCTIONS } from './host-functions.js';
import { LargeInput } from './large-input.js';
import { EXPRESSION_MS, LOCAL_MS, guardRails, largestOf, roundingCode } from './limits.js';
import { weightOf } from './weight.js';

type Bindings = Readonly<Record<string, unknown>>;

const NOTHING = Buffer.alloc(0);
const TIMED_OUT = 'D1012';

/**
 * Loaded with the first expression, because it takes about 30 ms of CPU time, which most starts can
 * save.
 */
let language: typeof jsonata | undefined;

/** An expression that cannot be compiled, or that failed on an input. Messages contain no value of the input. */
export class ExpressionError extends Error {
  constructor(
    message: string,
    readonly source: string,
    /** Characters from the start of the source; undefined when unknown. */
    readonly position?: number,
    cause?: unknown,
    /**
     * Whether it was not evaluated at all, because of a full queue or a missing process: the next
     * attempt may succeed.
     */
    readonly isPassing = false,
  ) {
    super(message, { cause });
    this.name = ExpressionError.name;
  }
}

/** The input is not JSON, so no expression was evaluated. */
export class InputError extends Error {}

/**
 * One JSONata expression, compiled once. Language: https://docs.jsonata.org A plain one is evaluated at once.
 * One that cannot take long, on a small input, is evaluated by the gateway's own thread. All others go to a
 * process that is killed when it exceeds its time or memory, since nothing inside an evaluation can stop a
 * regular expression or a text that outgrows the heap.
 */
export class Expression {
  readonly #direct: DirectEvaluation | undefined;
  readonly #bounds: Bounds;
  /** Reduced after an input of this weight took long on this thread. */
  #localWeight: number;

  private constructor(
    readonly source: string,
    private readonly compiled: jsonata.Expression,
  ) {
    const ast = compiled.ast();
    this.#direct = compileDirect(ast);
    this.#bounds = boundsOf(ast);
    this.#localWeight = this.#bounds.localWeight;
  }

  /** @throws ExpressionError with the position of a syntax error */
  static compile(source: string): Expression {
    language ??= createRequire(import.meta.url)('jsonata') as typeof jsonata;
    try {
      return new Expression(source, language(source, guardRails(LOCAL_MS)));
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

  /**
   * Evaluates several expressions on one large input, which is sent and parsed only once.
   * @param owner whose call it is, for fairness between clients
   */
  static async evaluateAll(
    expressions: readonly Expression[],
    input: LargeInput,
    bindings: Bindings,
    owner: Owner = '',
  ): Promise<void> {
    const asked = expressions.filter(({ source }) => !input.outcomes.has(source));
    if (asked.length === 0) return;
    const outcomes = await ask(asked, input.json, bindings, owner);
    for (const [at, expression] of asked.entries()) input.outcomes.set(expression.source, outcomes[at]!);
  }

  /** Whether it needs an evaluator for some inputs. */
  get needsEvaluator(): boolean {
    return this.#direct === undefined && this.#bounds.localWeight === 0;
  }

  get names(): ReadonlySet<string> | undefined {
    return this.#bounds.names;
  }

  /** @returns the fields that it reads of the value of a `$name`; undefined: it may read any */
  fieldsOf(name: string): readonly string[] | undefined {
    return this.names === undefined ? undefined : fieldsOf(this.compiled.ast(), name);
  }

  /** Like `evaluate`, but synchronous; NOT_DIRECT if only the evaluator can compute it. */
  evaluateDirect(input: unknown, bindings: Bindings = {}): unknown {
    if (this.#direct === undefined || input instanceof LargeInput) return NOT_DIRECT;
    return this.#direct(input, bindings);
  }

  /**
   * @param input the value to which names and paths refer
   * @param bindings the values of `$names`; functions are host functions, and a LargeInput is read
   * by an evaluator
   * @param owner the client that makes the call, for fairness
   * @returns plain JSON; undefined if the expression found nothing
   * @throws ExpressionError if it fails or exceeds a limit; InputError
   */
  async evaluate(input: unknown, bindings: Bindings = {}, owner: Owner = ''): Promise<unknown> {
    const local = await this.#evaluateHere(input, bindings);
    if (local !== NOT_DIRECT) return local;
    const json = await this.#evaluateElsewhere(input, bindings, owner);
    return json.length === 0 ? undefined : parseLosslessJson(json.toString(), NO_LIMITS);
  }

  /** Like `evaluate`, for a value that is passed on. @returns its JSON as bytes if that exists already */
  async evaluateToJson(input: unknown, bindings: Bindings, owner: Owner): Promise<unknown> {
    const local = await this.#evaluateHere(input, bindings);
    return local === NOT_DIRECT ? this.#evaluateElsewhere(input, bindings, owner) : local;
  }

  async #evaluateHere(input: unknown, bindings: Bindings): Promise<unknown> {
    if (this.#localWeight === 0 || input instanceof LargeInput) return NOT_DIRECT;
    const weight = this.#weigh(input, bindings);
    if (weight > this.#localWeight) return NOT_DIRECT;
    try {
      const value = (await this.compiled.evaluate(input, bindings)) as unknown;
      const limit = largestOf(weight);
      if (weightOf(value, limit) > limit) throw Object.assign(new Error(), { code: 'TOO_LARGE' });
      return value;
    } catch (cause) {
      const { code = roundingCode(cause) ?? 'unknown', position } = cause as {
        code?: string;
        position?: number;
      };
      if (code !== TIMED_OUT) throw this.#error({ code, position }, cause);
      this.#localWeight = Math.floor(weight / 2);
      return NOT_DIRECT;
    }
  }

  async #evaluateElsewhere(input: unknown, bindings: Bindings, owner: Owner): Promise<Buffer> {
    let outcome: Outcome | undefined;
    if (input instanceof LargeInput) {
      outcome = input.outcomes.get(this.source) ?? (await ask([this], input.json, bindings, owner))[0]!;
    } else {
      const text = stringifyJson(input) as string | undefined;
      const json = text === undefined ? undefined : Buffer.from(text);
      [outcome] = (await ask([this], json, bindings, owner)) as [Outcome];
    }
    if ('json' in outcome) return outcome.json;
    throw outcome.code === 'NOT_JSON_INPUT' ? new InputError() : this.#error(outcome);
  }

  #weigh(input: unknown, bindings: Bindings): number {
    const limit = this.#localWeight;
    let weight = weightOf(input, limit);
    for (const name of this.#bounds.names!) {
      if (weight > limit) break;
      if (!Object.hasOwn(bindings, name)) continue;
      const value = bindings[name];
      weight += value instanceof LargeInput ? value.json.length + limit : weightOf(value, limit - weight);
    }
    return weight;
  }

  #error({ code, position }: { code: string; position?: number }, cause?: unknown): ExpressionError {
    const isPassing = code === 'BUSY' || code === 'FAILED';
    return new ExpressionError(
      `${MESSAGES[code] ?? 'failed'} (${code})`,
      this.source,
      position,
      cause,
      isPassing,
    );
  }
}

/** @param json undefined if there is no input */
function ask(
  expressions: readonly Expression[],
  json: Buffer | undefined,
  bindings: Bindings,
  owner: Owner,
): Promise<readonly Outcome[]> {
  const needed: Record<string, unknown> = {};
  const functions: string[] = [];
  const attached: [string, number][] = [];
  const inputs = [json ?? NOTHING];
  const isNeeded = (name: string) => expressions.some(({ names }) => names?.has(name) ?? true);
  for (const [name, value] of Object.entries(bindings)) {
    if (!isNeeded(name)) continue;
    if (value instanceof LargeInput) {
      attached.push([name, value.json.length]);
      inputs.push(value.json);
    } else if (typeof value !== 'function') needed[name] = value;
    else if (value === HOST_FUNCTIONS[name]) functions.push(name);
    else throw new TypeError(`$${name} is not a host function`);
  }
  const sources = expressions.map(({ source }) => source);
  const task = { sources, bindings: needed, functions, hasInput: json !== undefined, attached };
  return evaluators.evaluate(task, inputs, owner);
}

const MESSAGES: Readonly<Record<string, string>> = {
  ROUNDS: 'would round an integer beyond 2^53, which is exact only where it is passed on',
  BUSY: 'waited too long for other expressions',
  D1011: 'recurses too deeply',
  [TIMED_OUT]: `took longer than ${EXPRESSION_MS} ms`,
  D2014: 'makes a list that is too long',
  D2015: 'makes a list that is too long',
  D3137: 'raised an error of its own',
  D3141: 'failed an assertion',
  FAILED: 'could not be evaluated: the process for it failed',
  MEMORY: 'takes too much memory',
  NOT_JSON: 'gave a function, or a value that contains one; expected plain values',
  TOO_LARGE: 'gives a result that is too large',
  UNREADABLE: 'was given a `$name` that is not JSON, or holds a number beyond the range of doubles',
  TOO_LONG: 'makes a text that is too long',
};
