import { type WireFormat } from './dialect.js';
import { ANTHROPIC_MESSAGES } from './anthropic-messages/anthropic-messages.js';
import { GEMINI } from './gemini/gemini.js';
import { OPENAI_CHAT } from './openai-chat/openai-chat.js';
import { OPENAI_RESPONSES } from './openai-responses/openai-responses.js';

/** THE list of wire formats that services may speak, in the order of the documents. */
export const UPSTREAM_DIALECTS: readonly WireFormat[] = [
  OPENAI_CHAT,
  OPENAI_RESPONSES,
  ANTHROPIC_MESSAGES,
  GEMINI,
];

/** What a service in OpenAI's format speaks unless its entry says otherwise, best first. */
export const OPENAI_DIALECTS: readonly WireFormat[] = [OPENAI_CHAT];
