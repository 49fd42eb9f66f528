import { EMBEDDINGS } from '../../protocol/operation.js';
import { type ScanLimits } from '../../protocol/scanning/json-scan.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { jsonTypeOf } from '../../upstream/response/response-headers.js';
import { type ClientRequest, type Trial, type WholeReply } from '../ports/dialect.js';
import { type ReceivedBody, type ReportedError } from '../ports/received-reply.js';
import { ALWAYS_REPEATABLE } from '../ports/repeatable.js';
import { PassedDialect } from '../passed/passed-dialect.js';
import { PassedReply, ReplyFields, firstIn, invalid, readPassed, scanReply } from '../passed/passed-reply.js';
import { EmbeddingRequest } from './embedding-request.js';
import { withVectors } from './vectors.js';
import { EMBEDDINGS_DOCS } from './docs.js';

/**
 * Embeddings are returned in the form that the client requested, even if the service ignores
 * `encoding_format`. Older SDKs would decode a list as bytes, and get vectors of a quarter of the
 * length. Wire format: https://platform.openai.com/docs/api-reference/embeddings
 */
class OpenAiEmbeddings extends PassedDialect {
  readonly name = 'openai-embeddings';
  readonly operation = EMBEDDINGS;
  readonly route = '/v1/embeddings';
  readonly docs = EMBEDDINGS_DOCS;
  override readonly repeatable = ALWAYS_REPEATABLE;
  protected readonly servicePath = '/embeddings';
  protected readonly replyFields = new ReplyFields(['data']);
  override readonly trial: Trial = {
    body: (model, word) => ({ model, input: word }),
    result: ({ whole }) => {
      const vector = firstIn(whole, 'data')?.['embedding'];
      if (!Array.isArray(vector)) throw invalid("The upstream's answer holds no embedding.", 200);
      return `1 vector of ${vector.length} numbers`;
    },
  };

  override parse(body: Buffer, limits?: ScanLimits): EmbeddingRequest {
    return new EmbeddingRequest(this, body, limits);
  }

  override readWhole(
    body: ReceivedBody,
    request: ClientRequest,
    answer: Pick<AnswerSource, 'status' | 'headers'>,
  ): WholeReply | ReportedError | Promise<WholeReply> {
    const { form } = request as EmbeddingRequest;
    const scan =
      form === undefined || body.kind !== 'json' ? undefined : scanReply(body.bytes, this.replyFields);
    if (scan === undefined) return readPassed(body, this.replyFields, answer);
    const data = scan.span(this.replyFields.names.indexOf('data'));
    const usage = this.replyFields.usageIn(scan);
    const changed = withVectors(body.bytes, data, form!);
    return changed instanceof Promise
      ? changed.then((bytes) => replyOf(bytes, answer, usage))
      : replyOf(changed, answer, usage);
  }
}

function replyOf(
  bytes: Buffer | undefined,
  { status, headers }: Pick<AnswerSource, 'status' | 'headers'>,
  usage: WholeReply['usage'],
): WholeReply {
  if (bytes !== undefined) return new PassedReply(bytes, jsonTypeOf(headers), usage);
  throw invalid("The upstream's answer holds an embedding that is no list of numbers.", status);
}

export const OPENAI_EMBEDDINGS = new OpenAiEmbeddings();
