import { type OutputFormat } from '../../conversation/prompt.js';
import { type JsonObject } from '../../protocol/json.js';

/**
 * The schema of a reply with its description inside, for formats that have no other place for it.
 * The name is omitted, because it is only a label.
 */
export function labelledSchema({
  description,
  schema,
}: Extract<OutputFormat, { readonly kind: 'schema' }>): JsonObject {
  return {
    ...(description !== undefined && schema['description'] === undefined && { description }),
    ...schema,
  };
}
