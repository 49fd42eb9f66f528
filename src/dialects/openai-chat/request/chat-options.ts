import { type ConversationRequest } from '../../ports/dialect.js';

/** The options of a chat request that shape its reply. */
export interface ChatOptions extends ConversationRequest {
  /** Number of requested choices; 1 unless `n` is a larger whole number. */
  readonly choiceCount: number;
  /** `stream_options.include_usage`: the client wants a final chunk with the token counts. */
  readonly wantsUsage: boolean;
}
