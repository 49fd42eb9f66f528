import { type IncomingHttpHeaders } from 'node:http';
import { type ClientRoute } from '../protocol/client-route.js';
import { ANTHROPIC_MESSAGES } from './anthropic-messages/anthropic-messages.js';
import { MESSAGES_COUNT } from './anthropic-messages/counting/messages-count.js';
import { type Dialect } from './ports/dialect.js';
import { SPEECH_AUDIO } from './openai-audio/speech.js';
import { TRANSCRIPTIONS, TRANSLATIONS } from './openai-audio/transcriptions.js';
import { OPENAI_CHAT } from './openai-chat/openai-chat.js';
import { OPENAI_RESPONSES } from './openai-responses/openai-responses.js';
import { OPENAI_COMPLETIONS } from './openai-completions/openai-completions.js';
import { OPENAI_EMBEDDINGS } from './openai-embeddings/openai-embeddings.js';
import { IMAGE_EDITS, IMAGE_GENERATIONS } from './openai-images/openai-images.js';
import { OPENAI_MODERATIONS } from './openai-moderations/openai-moderations.js';
import { COHERE_RERANK, JINA_RERANK } from './rerank/rerank.js';

/**
 * The only list of wire formats for clients. A new one needs one folder beside these and one line
 * here, which also creates its route. Swagger UI shows them in this order.
 */
export const CLIENT_DIALECTS: readonly Dialect[] = [
  OPENAI_CHAT,
  ANTHROPIC_MESSAGES,
  MESSAGES_COUNT,
  OPENAI_RESPONSES,
  OPENAI_COMPLETIONS,
  OPENAI_EMBEDDINGS,
  JINA_RERANK,
  COHERE_RERANK,
  OPENAI_MODERATIONS,
  IMAGE_GENERATIONS,
  IMAGE_EDITS,
  SPEECH_AUDIO,
  TRANSCRIPTIONS,
  TRANSLATIONS,
];

/** Routes by path; the gateway's other paths are not included. */
export const CLIENT_ROUTES: ReadonlyMap<string, ClientRoute> = new Map(
  CLIENT_DIALECTS.map(({ route, name, operation, errors, requestIdHeader, rateLimits }) => [
    route,
    { path: route, dialect: name, operation, errors, requestIdHeader, rateLimits },
  ]),
);

/**
 * The wire format of the response: that of the route, or the one that the client selects by a
 * header.
 */
export function wantedDialect(path: string, headers: IncomingHttpHeaders): Dialect | undefined {
  return (
    CLIENT_DIALECTS.find(({ route }) => path === route || path.startsWith(`${route}/`)) ??
    markedDialect(headers)
  );
}

/** The wire format that a client selects by a header. */
export function markedDialect(headers: IncomingHttpHeaders): Dialect | undefined {
  return CLIENT_DIALECTS.find(({ mark }) => mark !== undefined && headers[mark] !== undefined);
}
