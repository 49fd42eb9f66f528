import { type IncomingHttpHeaders } from 'node:http';

/**
 * A list of models in the client's format. Anthropic's and Google's clients are recognised by their
 * headers, Google's also by the path.
 * @param createdSeconds seconds since 1970
 */
export function modelsJson(
  ids: readonly string[],
  createdSeconds: number,
  path: string,
  headers: IncomingHttpHeaders,
): string {
  if (headers['anthropic-version'] !== undefined) {
    const created_at = new Date(createdSeconds * 1000).toISOString();
    const data = ids.map((id) => ({ type: 'model', id, display_name: id, created_at }));
    return JSON.stringify({ data, has_more: false, first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null });
  }
  if (headers['x-goog-api-key'] !== undefined || path.includes('/v1beta/')) {
    const supportedGenerationMethods = ['generateContent', 'streamGenerateContent'];
    const models = ids.map((id) => ({ name: `models/${id}`, displayName: id, supportedGenerationMethods }));
    return JSON.stringify({ models });
  }
  const data = ids.map((id) => ({ id, object: 'model', created: createdSeconds, owned_by: 'sandbox' }));
  return JSON.stringify({ object: 'list', data });
}
