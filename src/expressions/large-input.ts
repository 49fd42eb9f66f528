import { type Outcome } from './evaluator-process.js';

/** Inputs from this length on are read by an evaluator, never by the gateway's own thread. */
const LARGE_BYTES = 512 * 1024;
/** The same in values: so many take a millisecond to read. */
const LARGE_VALUES = 5000;

/**
 * The JSON of an input, or of what a `$name` refers to, that is too large to be read here, and what expressions found
 * in it as their input.
 */
export class LargeInput {
  /** By the expressions' sources. */
  readonly outcomes = new Map<string, Outcome>();

  constructor(readonly json: Buffer) {}

  /** @param values how many it has, where that is known. @returns what the expressions are to be given */
  static of(json: Buffer, parse: (json: Buffer) => unknown, values = 0): unknown {
    return json.length > LARGE_BYTES || values > LARGE_VALUES ? new LargeInput(json) : parse(json);
  }
}
