import { type WireFormat } from './ports/wire-format.js';
import { ANTHROPIC_MESSAGES } from './anthropic-messages/anthropic-messages.js';
import { GEMINI } from './gemini/gemini.js';
import { SPEECH_AUDIO } from './openai-audio/speech.js';
import { TRANSCRIPTIONS, TRANSLATIONS } from './openai-audio/transcriptions.js';
import { OPENAI_CHAT } from './openai-chat/openai-chat.js';
import { OPENAI_RESPONSES } from './openai-responses/openai-responses.js';
import { OPENAI_COMPLETIONS } from './openai-completions/openai-completions.js';
import { OPENAI_EMBEDDINGS } from './openai-embeddings/openai-embeddings.js';
import { IMAGE_EDITS, IMAGE_GENERATIONS } from './openai-images/openai-images.js';
import { OPENAI_MODERATIONS } from './openai-moderations/openai-moderations.js';
import { COHERE_RERANK, JINA_RERANK } from './rerank/rerank.js';

/** What is no chat, in OpenAI's formats and those of its relatives. */
const BESIDE_CHAT: readonly WireFormat[] = [
  OPENAI_COMPLETIONS,
  OPENAI_EMBEDDINGS,
  OPENAI_MODERATIONS,
  IMAGE_GENERATIONS,
  IMAGE_EDITS,
  SPEECH_AUDIO,
  TRANSCRIPTIONS,
  TRANSLATIONS,
  JINA_RERANK,
  COHERE_RERANK,
];

/** THE list of wire formats that services may speak, in the order of the documents. */
export const UPSTREAM_DIALECTS: readonly WireFormat[] = [
  OPENAI_CHAT,
  OPENAI_RESPONSES,
  ANTHROPIC_MESSAGES,
  GEMINI,
  ...BESIDE_CHAT,
];

/** What a service in OpenAI's format speaks unless its entry says otherwise, best first. */
export const OPENAI_DIALECTS: readonly WireFormat[] = [OPENAI_CHAT, ...BESIDE_CHAT];
