import { countOf, hasTokens, usageOf } from '../../conversation/usage-classes.js';
import { isJsonObject } from '../../protocol/json.js';
import { RERANK } from '../../protocol/operation.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type ClientRequest, type Trial, type WholeReply } from '../ports/dialect.js';
import { type ReceivedBody, type ReportedError } from '../ports/received-reply.js';
import { ALWAYS_REPEATABLE } from '../ports/repeatable.js';
import { PassedDialect } from '../passed/passed-dialect.js';
import { ReplyFields, firstIn, readPassed } from '../passed/passed-reply.js';
import { type FurtherUsage } from '../passed/passed-usage.js';
import { COHERE_DOCS, JINA_DOCS } from './docs.js';

/**
 * Ranks documents by relevance to a query. There is no standard, but the requests of Jina and
 * Cohere are similar and most services accept both, so they pass unchanged. Wire formats:
 * https://docs.cohere.com/reference/rerank and https://api.jina.ai/redoc#tag/rerank
 */
class Rerank extends PassedDialect {
  readonly name = 'rerank';
  readonly operation = RERANK;
  override readonly repeatable = ALWAYS_REPEATABLE;
  // The API version is part of the service's base address.
  protected readonly servicePath = '/rerank';
  protected readonly replyFields = new ReplyFields(['results', 'data', 'output'], {
    fields: ['meta'],
    read: ({ meta }) => metaUsage(meta),
  });
  override readonly trial: Trial = {
    body: (model, word) => ({ model, query: word, documents: [word] }),
    result: ({ whole }) => {
      const first = firstIn(whole, 'results', 'data');
      const score = first?.['relevance_score'] ?? first?.['score'];
      return typeof score === 'number' ? `1 document, relevance ${score}` : '1 document';
    },
  };

  constructor(
    readonly route: string,
    readonly docs: MethodDecorator,
  ) {
    super();
  }

  override readWhole(
    body: ReceivedBody,
    _request: ClientRequest,
    answer: Pick<AnswerSource, 'status' | 'headers'>,
  ): WholeReply | ReportedError {
    return readPassed(body, this.replyFields, answer, true);
  }
}

/** @see https://docs.cohere.com/reference/rerank: `meta` */
function metaUsage(meta: unknown): FurtherUsage | undefined {
  if (!isJsonObject(meta)) return undefined;
  const billed = isJsonObject(meta['billed_units']) ? meta['billed_units'] : {};
  const tokens = isJsonObject(meta['tokens']) ? meta['tokens'] : billed;
  const usage = usageOf({
    promptTokens: countOf(tokens['input_tokens']),
    completionTokens: countOf(tokens['output_tokens']),
    searches: billed['search_units'],
  });
  return usage !== undefined && (hasTokens(usage) || usage.searches !== undefined) ? usage : undefined;
}

export const JINA_RERANK = new Rerank('/v1/rerank', JINA_DOCS);
export const COHERE_RERANK = new Rerank('/v2/rerank', COHERE_DOCS);
