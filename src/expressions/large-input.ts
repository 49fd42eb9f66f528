import { type Outcome } from './evaluator/evaluator-process.js';

/** Inputs from this length on are parsed by an evaluator, never by the gateway's own thread. */
const LARGE_BYTES = 512 * 1024;
/** The same limit as a number of values, which take a millisecond to parse. */
const LARGE_VALUES = 5000;

/**
 * The JSON of an input, or of the value of a `$name`, that is too large to be parsed here, with the
 * outcomes of the expressions evaluated on it.
 */
export class LargeInput {
  /** By source text of the expression. */
  readonly outcomes = new Map<string, Outcome>();

  constructor(readonly json: Buffer) {}

  /**
   * @param values number of values, if known
   * @returns the input for the expressions
   */
  static of(json: Buffer, parse: (json: Buffer) => unknown, values = 0): unknown {
    return json.length > LARGE_BYTES || values > LARGE_VALUES ? new LargeInput(json) : parse(json);
  }
}
