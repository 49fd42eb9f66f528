/** A part of a JSON Schema, draft 7: https://json-schema.org/draft-07 */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The values that a rule accepts, described for schemas and reference pages. */
export class RuleSchema {
  constructor(
    /** Accepts whatever the rule accepts; the rule may be stricter than a schema can be. */
    readonly schema: JsonSchema,
    /** In plain words, such as `a whole number of at least 1`. */
    readonly expected: string,
  ) {}
}

/** A text that is not blank. */
export const SOME_TEXT: JsonSchema = { type: 'string', pattern: '\\S' };

/**
 * A text that matches a pattern.
 * @param pattern has no flag but `u`, as in a schema
 */
export function textLike({ source, flags }: RegExp): JsonSchema {
  if (flags !== '' && flags !== 'u') throw new Error(`a schema has no flags, but /${source}/ has ${flags}`);
  // Not every implementation supports Unicode classes or `[^]`.
  const pattern = source.replaceAll(String.raw`\P{Cc}`, String.raw`[^\x00-\x1f\x7f-\x9f]`);
  return { type: 'string', pattern: pattern.replaceAll('[^]', String.raw`[\s\S]`) };
}
