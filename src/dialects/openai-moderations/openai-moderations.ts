import { type ScanLimits } from '../../protocol/scanning/json-scan.js';
import { MODERATION } from '../../protocol/operation.js';
import { type ClientRequest, type Trial } from '../ports/dialect.js';
import { ALWAYS_REPEATABLE } from '../ports/repeatable.js';
import { PassedDialect } from '../passed/passed-dialect.js';
import { ReplyFields, firstIn } from '../passed/passed-reply.js';
import { PLAIN_FIELDS, PassedRequest } from '../passed/passed-request.js';
import { MODERATIONS_DOCS } from './docs.js';

/** Wire format: https://platform.openai.com/docs/api-reference/moderations/create */
class OpenAiModerations extends PassedDialect {
  readonly name = 'openai-moderations';
  readonly operation = MODERATION;
  readonly route = '/v1/moderations';
  readonly docs = MODERATIONS_DOCS;
  override readonly repeatable = ALWAYS_REPEATABLE;
  protected readonly servicePath = '/moderations';
  protected readonly replyFields = new ReplyFields(['results']);
  override readonly trial: Trial = {
    body: (model, word) => ({ model, input: word }),
    result: ({ whole }) => (firstIn(whole, 'results')?.['flagged'] === true ? 'flagged' : 'not flagged'),
  };

  override parse(body: Buffer, limits?: ScanLimits): ClientRequest {
    return new PassedRequest(this, body, limits, PLAIN_FIELDS, 'omni-moderation-latest');
  }
}

export const OPENAI_MODERATIONS = new OpenAiModerations();
