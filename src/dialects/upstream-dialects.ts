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

/** Formats for operations other than chat, of OpenAI and similar services. */
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

/** The only list of wire formats for services, in the order of the documentation. */
export const UPSTREAM_DIALECTS: readonly WireFormat[] = [
  OPENAI_CHAT,
  OPENAI_RESPONSES,
  ANTHROPIC_MESSAGES,
  GEMINI,
  ...BESIDE_CHAT,
];

/** The default formats of a service in OpenAI's format, best first. */
export const OPENAI_DIALECTS: readonly WireFormat[] = [OPENAI_CHAT, ...BESIDE_CHAT];
