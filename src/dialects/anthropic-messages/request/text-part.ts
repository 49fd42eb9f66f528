import { type TextPart } from '../../../conversation/prompt.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { checkText, invalid } from '../../checks.js';

/** @param at path of the block @throws InvalidRequestError for a block that is not text */
export function textPart(block: JsonObject, at: string): TextPart {
  if (checkText(block['type'], `${at}.type`) !== 'text')
    throw invalid(`${at}.type`, `'${at}.type' must be 'text'.`);
  return { kind: 'text', text: checkText(block['text'], `${at}.text`), ...cacheOf(block) };
}

/** The mark up to which the prompt may be cached. */
export function cacheOf({ cache_control: cache }: JsonObject): { readonly cache?: JsonObject } {
  return isJsonObject(cache) ? { cache } : {};
}
