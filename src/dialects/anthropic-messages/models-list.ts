import { type JsonObject } from '../../protocol/json.js';
import { type ListedModel } from '../ports/models-format.js';

/** The query parameters of the list. */
export interface ListQuery {
  /** Default: all models. Anthropic's own API returns 20 by default, and at most 1000. */
  readonly limit?: number;
  /** The id after which the page starts. */
  readonly after_id?: string;
  /** The id before which it ends. */
  readonly before_id?: string;
}

/**
 * The models as Anthropic's API lists them, together with the fields of OpenAI's list, so that
 * clients of both can read it. Wire format: https://platform.claude.com/docs/en/api/models-list
 * @param models their further fields are kept
 */
export function modelsList(models: readonly ListedModel[], query: ListQuery = {}): JsonObject {
  const { limit = Infinity, after_id: after, before_id: before } = query;
  const place = (id: string | undefined): number =>
    id === undefined ? -1 : models.findIndex((each) => each.id === id);
  const end = place(before);
  const upTo = end < 0 ? models : models.slice(0, end);
  const range = upTo.slice(place(after) + 1);
  const page = end < 0 ? range.slice(0, limit) : range.slice(Math.max(0, range.length - limit));
  return {
    object: 'list',
    data: page.map(modelInfo),
    has_more: page.length < range.length,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}

/** One model, in both formats. */
export function modelInfo(model: ListedModel): JsonObject {
  return {
    object: 'model',
    ...model,
    type: 'model',
    display_name: model.id,
    created_at: new Date(model.created * 1000).toISOString(),
    lifecycle: 'active',
    line: null,
    max_input_tokens: null,
    max_tokens: model.max_tokens ?? null,
    capabilities: null,
    deprecated_at: null,
    retires_at: null,
  };
}
