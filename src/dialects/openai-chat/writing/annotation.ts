import { type Citation } from '../../../conversation/reply.js';
import { type JsonObject } from '../../../protocol/json.js';
import { urlCitation } from '../../translating/url-citation.js';

/**
 * A source as an annotation of a message. The format has no place for the words of the source; services that search say
 * them in `content`.
 * Wire format: https://platform.openai.com/docs/api-reference/chat/object
 */
export function annotationOf(citation: Citation): JsonObject {
  const { quote } = citation;
  return {
    type: 'url_citation',
    url_citation: { ...urlCitation(citation, 0), ...(quote !== undefined && { content: quote }) },
  };
}
