import { isObject } from '../chat/chat-request.js';
import { intendedJson } from '../response/intended-answer.js';
import { estimateTokens } from '../chat/text-pieces.js';
import { piecesOf } from '../content/embedding-vector.js';
import { type SandboxOperation, invalid, missing, nextId, readCount, readJson } from './operation.js';

const MOST_DOCUMENTS = 1000;
/** Cohere counts one search per hundred documents. */
const DOCUMENTS_PER_UNIT = 100;

/**
 * Documents with more of the query's words come first. Under `/v2/` the reply is Cohere's,
 * elsewhere Jina's. Wire formats: https://api.jina.ai/redoc#tag/rerank and
 * https://docs.cohere.com/reference/rerank
 */
export const RERANK: SandboxOperation = {
  target: 'rerank',
  reply: (request) => {
    const { fields, model } = readJson(request);
    const { query } = fields;
    if (typeof query !== 'string' || query === '') throw missing('query');
    const documents = readDocuments(fields.documents);
    const count = readCount(fields.top_n, 'top_n', documents.length, Number.MAX_SAFE_INTEGER);
    const ranked = documents
      .map((text, index) => ({ index, text, relevance_score: relevanceOf(query, text) }))
      .sort((a, b) => b.relevance_score - a.relevance_score)
      .slice(0, count);
    const isCohere = request.path.includes('/v2/');
    const isWithText = !isCohere && fields.return_documents !== false;
    const results = ranked.map(({ index, text, relevance_score }) => ({
      index,
      relevance_score,
      ...(isWithText && { document: { text } }),
    }));
    const tokens = [query, ...documents].reduce((sum, text) => sum + estimateTokens(text), 0);
    const reply = isCohere
      ? {
          id: nextId('rerank'),
          results,
          meta: {
            api_version: { version: '2' },
            billed_units: { search_units: Math.ceil(documents.length / DOCUMENTS_PER_UNIT) },
          },
        }
      : { model, object: 'list', usage: { total_tokens: tokens, prompt_tokens: tokens }, results };
    return { model, intended: intendedJson(() => JSON.stringify(reply)) };
  },
};

/** From 0.01 for no words in common to 0.99 for all words of the query. */
function relevanceOf(query: string, text: string): number {
  const wanted = new Set(piecesOf(query));
  const found = new Set(piecesOf(text));
  let common = 0;
  for (const piece of wanted) if (found.has(piece)) common += 1;
  return Math.round((0.01 + (0.98 * common) / wanted.size) * 10_000) / 10_000;
}

function readDocuments(documents: unknown): readonly string[] {
  if (documents === undefined) throw missing('documents');
  const isRight = Array.isArray(documents) && documents.length > 0 && documents.length <= MOST_DOCUMENTS;
  if (!isRight) throw invalid('documents', `a list of 1 to ${MOST_DOCUMENTS} documents`);
  return documents.map((document: unknown) => {
    const text = isObject(document) ? document.text : document;
    if (typeof text !== 'string') throw invalid('documents', 'texts, or objects with a text');
    return text;
  });
}
