/** Maximum nesting of an evaluation. */
const STACK = 300;
/** Maximum number of elements in a list that an expression builds. */
const SEQUENCE = 100_000;

/** How long an expression may take, in milliseconds of CPU time. */
export const EXPRESSION_MS = 500;
/**
 * The same by the wall clock: on a busy machine, or in a container with a fifth of a CPU, 500 ms of
 * CPU time may take that long.
 */
export const EXPRESSION_WALL_MS = 3000;
/** How long the gateway's own thread evaluates an expression before it goes to an evaluator. */
export const LOCAL_MS = 20;
/**
 * The evaluator's own limits, checked at every step.
 * @param timeout wall-clock milliseconds
 */
export function guardRails(timeout: number): { timeout: number; stack: number; sequence: number } {
  return { timeout, stack: STACK, sequence: SEQUENCE };
}

const LARGEST = 8 * 1024 * 1024;

/**
 * The largest result of an expression, in bytes of JSON, and the longest text that it may build on
 * the way, in characters: a mapping adds to its input, but does not multiply it.
 * @param inputBytes size of the JSON that it was given, including the values of its `$names`
 */
export function largestOf(inputBytes: number): number {
  return Math.max(LARGEST, 2 * inputBytes);
}

/**
 * The code of an error by which a number would be rounded; undefined for other errors. JSONata's
 * texts and sums consist of doubles, so it fails if a bigint would become one.
 */
export function roundingCode(error: unknown): string | undefined {
  return error instanceof TypeError && error.message.includes('BigInt') ? 'ROUNDS' : undefined;
}
