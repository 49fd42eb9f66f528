import { type OutputFormat } from '../../conversation/prompt.js';
import { type JsonObject } from '../../protocol/json.js';

/**
 * The schema of a reply for formats without another place for its description; its name is only a
 * label.
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
