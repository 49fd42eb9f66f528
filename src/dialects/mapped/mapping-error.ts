/** An expression of a mapping failed or gave what cannot be used. Names the expression, never a value. */
export class MappingError extends Error {
  constructor(
    /** Where it stands in the model's YAML, as in `response.text`. */
    readonly expression: string,
    readonly reason: string,
    cause?: unknown,
  ) {
    super(`The expression ${expression} of the model's mapping ${reason}.`, { cause });
    this.name = MappingError.name;
  }
}

/** What was found where something else was expected. */
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
