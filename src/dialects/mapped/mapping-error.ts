/** An expression of a mapping failed or gave an unusable value. Names the expression, never a value. */
export class MappingError extends Error {
  constructor(
    /** Its key in the model's YAML, as in `response.text`. */
    readonly expression: string,
    readonly reason: string,
    cause?: unknown,
  ) {
    super(`The expression ${expression} of the model's mapping ${reason}.`, { cause });
    this.name = MappingError.name;
  }
}

/** The error for a value of an unexpected kind. */
export function unexpected(expression: string, value: unknown, expected: string): MappingError {
  return new MappingError(expression, `gave ${kindOf(value)}; expected ${expected}`);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty text';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'bigint') return 'an integer beyond 2^53';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}
