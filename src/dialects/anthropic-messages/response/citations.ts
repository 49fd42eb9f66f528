import { type Citation } from '../../../conversation/reply.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { type Names, shapeByType, shapeOf } from '../../fields/shape.js';

/*
 * Sources of a block of text: each is one of the whole block. Those in documents of the request have no address.
 * https://platform.claude.com/docs/en/build-with-claude/citations
 */

const WEB = 'web_search_result_location';
/** What is read of sources with an address. */
export const CITATION = shapeByType({
  [WEB]: shapeOf('type url title cited_text'),
  search_result_location: shapeOf('type source title cited_text'),
});
const ADDRESS = /^https?:\/\//i;

/**
 * A source of a block, by the block's place in all the reply's text.
 * @param lost takes the name of such as have no address
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

/** As clients get it; the index is one that the service alone can give. */
export function citationBlock({ url, title, quote }: Citation): JsonObject {
  return { type: WEB, url, title: title ?? null, cited_text: quote ?? '', encrypted_index: '' };
}
