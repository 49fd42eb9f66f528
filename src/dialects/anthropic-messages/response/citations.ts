import { type Citation } from '../../../conversation/reply.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { type Names, shapeByType, shapeOf } from '../../fields/shape.js';

/*
 * Citations belong to a whole text block. Those of documents in the request have no address.
 * https://platform.claude.com/docs/en/build-with-claude/citations
 */

const WEB = 'web_search_result_location';
/** The fields that are read of citations with an address. */
export const CITATION = shapeByType({
  [WEB]: shapeOf('type url title cited_text'),
  search_result_location: shapeOf('type source title cited_text'),
});
const ADDRESS = /^https?:\/\//i;

/**
 * A citation of a block, located by the block's position in the reply's whole text.
 * @param lost receives the names of citations without an address
 */
export function citationOf(said: unknown, start: number, end: number, lost: Names): Citation | undefined {
  CITATION.lost(said, 'response.', lost);
  const { url, source, title, cited_text: quote } = isJsonObject(said) ? said : {};
  const isPage = typeof source === 'string' && ADDRESS.test(source);
  const address = isPage ? source : url;
  if (typeof address !== 'string' || address === '') {
    lost.add('response.citations');
    return undefined;
  }
  return {
    url: address,
    ...(typeof title === 'string' && { title }),
    ...(typeof quote === 'string' && quote !== '' && { quote }),
    start,
    end,
  };
}

/** A citation as clients receive it. Only the service can supply the index. */
export function citationBlock({ url, title, quote }: Citation): JsonObject {
  return { type: WEB, url, title: title ?? null, cited_text: quote ?? '', encrypted_index: '' };
}
