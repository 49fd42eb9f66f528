import { type Citation } from '../../conversation/reply.js';
import { type JsonObject } from '../../protocol/json.js';

/** What is read of a citation in OpenAI's formats; the words of the source are in `content` at many services. */
export const CITED = 'url title content start_index end_index';

/**
 * A citation in OpenAI's formats.
 * @param offset of the text that its positions are in, in all the reply's text
 * @param said how long the reply's text is so far: a citation without positions is of all of it
 * @returns undefined for what has no address
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

/** The fields that both formats have, without the words of the source. @param offset of the text it is written for */
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
