import { type OutputFormat } from '../../conversation/prompt.js';
import { type JsonObject } from '../../protocol/json.js';

/** The schema of a reply for formats that have no other place for its description; its name is a label alone. */
export function labelledSchema({
  description,
  schema,
}: Extract<OutputFormat, { readonly kind: 'schema' }>): JsonObject {
  return {
    ...(description !== undefined && schema['description'] === undefined && { description }),
    ...schema,
  };
}
