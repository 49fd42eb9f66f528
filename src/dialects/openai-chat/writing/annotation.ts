import { type Citation } from '../../../conversation/reply.js';
import { type JsonObject } from '../../../protocol/json.js';
import { urlCitation } from '../../translating/url-citation.js';

/**
 * A citation as an annotation of a message. The format has no field for the quoted text; services
 * that search put it into `content`. Wire format:
 * https://platform.openai.com/docs/api-reference/chat/object
 */
export function annotationOf(citation: Citation): JsonObject {
  const { quote } = citation;
  return {
    type: 'url_citation',
    url_citation: { ...urlCitation(citation, 0), ...(quote !== undefined && { content: quote }) },
  };
}
