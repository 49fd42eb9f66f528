import { type ScanLimits } from '../../protocol/json-scan.js';
import { COUNT_TOKENS } from '../../protocol/operation.js';
import { DocumentDialect } from '../document-dialect.js';
import { MESSAGES_ERRORS } from './errors.js';
import { MessagesRequest } from './request/messages-request.js';

/** How many tokens a request would have. Wire format: https://platform.claude.com/docs/en/api/messages-count-tokens */
class MessagesCount extends DocumentDialect {
  readonly name = 'anthropic-count-tokens';
  readonly operation = COUNT_TOKENS;
  readonly route = '/v1/messages/count_tokens';
  readonly errors = MESSAGES_ERRORS;
  readonly headers = { 'anthropic-version': '2023-06-01' };
  readonly headerPrefix = 'anthropic-';
  readonly requestIdHeader = 'request-id';

  path(): string {
    return this.route;
  }

  parse(body: Buffer, limits?: ScanLimits): MessagesRequest {
    return new MessagesRequest(this, body, limits, true);
  }

  protected isReply({ input_tokens: count }: Record<string, unknown>): boolean {
    return typeof count === 'number';
  }
}

export const MESSAGES_COUNT = new MessagesCount();
