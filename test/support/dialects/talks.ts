import { type Wishes, type Talk } from './talk.js';
import { ChatTalk } from './chat-talk.js';
import { ResponsesTalk } from './responses-talk.js';
import { MessagesTalk } from './messages-talk.js';

/** Conversations by the wire format of the client. */
export const TALKS: Readonly<Record<string, new (url: string, wishes: Wishes) => Talk>> = {
  'openai-chat': ChatTalk,
  'openai-responses': ResponsesTalk,
  'anthropic-messages': MessagesTalk,
};
