import { NO_LIMITS } from '../protocol/scanning/json-scan.js';
import { type ConversationDialect, type ConversationRequest } from './ports/dialect.js';
import { OPENAI_CHAT } from './openai-chat/openai-chat.js';

export interface OwnMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** The format in which the gateway itself makes chat requests. */
export const OWN_DIALECT: ConversationDialect = OPENAI_CHAT;

/** A chat request of the gateway itself: for tests of models, and for the command line. */
export function ownRequest(
  model: string,
  messages: readonly OwnMessage[],
  isStream = false,
): ConversationRequest {
  return OPENAI_CHAT.parse(
    Buffer.from(JSON.stringify({ model, messages, ...(isStream && { stream: true }) })),
    NO_LIMITS,
  );
}
