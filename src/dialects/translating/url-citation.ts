import { type Citation } from '../../conversation/reply.js';
import { type JsonObject } from '../../protocol/json.js';

/**
 * The fields that are read of a citation in OpenAI's formats; many services put the quoted text
 * into `content`.
 */
export const CITED = 'url title content start_index end_index';

/**
 * A citation in OpenAI's formats.
 * @param offset where the text to which its positions refer starts in the reply's whole text
 * @param said length of the reply's text so far, which a citation without positions covers
 * completely
 * @returns undefined for a citation without an address
 */
export function citationOf(said: JsonObject, offset: number, length: number): Citation | undefined {
  const { url, title, content, start_index: start, end_index: end } = said;
  if (typeof url !== 'string' || url === '') return undefined;
  const isPlaced = isPosition(start) && isPosition(end);
  return {
    url,
    ...(typeof title === 'string' && { title }),
    ...(typeof content === 'string' && content !== '' && { quote: content }),
    start: isPlaced ? offset + start : 0,
    end: isPlaced ? offset + end : length,
  };
}

/**
 * The fields of a citation that OpenAI's two formats have in common; neither has the quoted text.
 * @param offset start of the text that the citation belongs to
 */
export function urlCitation({ url, title, start, end }: Citation, offset: number): JsonObject {
  return {
    url,
    title: title ?? '',
    start_index: Math.max(0, start - offset),
    end_index: Math.max(0, end - offset),
  };
}

export function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
