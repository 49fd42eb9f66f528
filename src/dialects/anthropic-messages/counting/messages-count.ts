import { type ScanLimits } from '../../../protocol/scanning/json-scan.js';
import { COUNT_TOKENS } from '../../../protocol/operation.js';
import { PassedDialect } from '../../passed/passed-dialect.js';
import { type PromptedRequest } from '../../ports/dialect.js';
import { type TokenCounter } from '../../counting/token-counter.js';
import { countTokens } from './count-tokens.js';
import { ReplyFields } from '../../passed/passed-reply.js';
import { MESSAGES_ERRORS } from '../errors.js';
import { MESSAGES_RATE_LIMITS } from '../rate-limits.js';
import { NAME } from '../thinking.js';
import { MessagesRequest } from '../request/messages-request.js';
import { COUNT_DOCS } from '../docs.js';

/**
 * Counts the tokens of a request. Wire format:
 * https://platform.claude.com/docs/en/api/messages-count-tokens
 */
class MessagesCount extends PassedDialect {
  /** The same name as that of Messages: a service that supports one supports the other. */
  readonly name = NAME;
  readonly operation = COUNT_TOKENS;
  readonly route = '/v1/messages/count_tokens';
  readonly docs = COUNT_DOCS;
  override readonly errors = MESSAGES_ERRORS;
  readonly headers = { 'anthropic-version': '2023-06-01' };
  override readonly headerPrefix = 'anthropic-';
  readonly requestIdHeader = 'request-id';
  readonly rateLimits = MESSAGES_RATE_LIMITS;

  protected readonly servicePath = this.route;
  protected readonly replyFields = new ReplyFields(['input_tokens']);

  /** An estimate by the gateway's own tokenizer. */
  substitute(request: PromptedRequest, counter: TokenCounter): Promise<object> {
    return countTokens(counter, request.prompt());
  }

  override parse(body: Buffer, limits?: ScanLimits): MessagesRequest {
    return new MessagesRequest(this, body, limits, true);
  }
}

export const MESSAGES_COUNT = new MessagesCount();
