import { type OutgoingHttpHeaders } from 'node:http';
import { type ChatRequest } from '../chat/chat-request.js';
import { streamEvents } from '../chat/chat-stream.js';
import { type Reply, completionJson } from '../chat/completion.js';
import { type FailureFormat, type SandboxFormat, OPENAI_FAILURES } from '../formats/format.js';
import { type OpenAnswer } from './open-answer.js';

export const JSON_TYPE = 'application/json; charset=utf-8';
export const STREAM_HEADERS: OutgoingHttpHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
};

/** The response without a fault, to which faults are applied. */
export interface IntendedAnswer {
  readonly isStream: boolean;
  /** Pause between two events of a stream, and between two pieces of a paced body. */
  readonly chunkDelayMs: number;
  /** The content type of a plain body; events have their own. */
  readonly contentType: string;
  /**
   * Whether the body is sent in pieces and without a length, like audio that is being generated.
   */
  readonly isPaced?: boolean;
  readonly failures: FailureFormat;
  /** The complete response, unless it is a stream. */
  body(): string | Buffer;
  /** Framed events, for streams and for plain responses that are turned into one. */
  events(): Iterable<string>;
  /** The same response with this much text. */
  enlarged(bytes: number, chunkBytes: number): IntendedAnswer;
}

/** @param format undefined for OpenAI's chat completions */
export function intendedChat(
  reply: Reply,
  request: ChatRequest,
  chunkDelayMs: number,
  format?: SandboxFormat,
): IntendedAnswer {
  return {
    isStream: request.stream,
    chunkDelayMs,
    contentType: JSON_TYPE,
    failures: format ?? OPENAI_FAILURES,
    body: () => format?.json(reply) ?? completionJson(reply),
    events: () => format?.events(reply) ?? streamEvents(reply, request.includeUsage),
    enlarged: (bytes, chunkBytes) => {
      const pieces = enlargedPieces(reply.pieces, bytes, chunkBytes);
      return intendedChat({ ...reply, pieces, toolCalls: [], finishReason: 'stop' }, request, 0, format);
    },
  };
}

/**
 * A text of this many bytes. It begins with the original words, so that a client can tell it from
 * others.
 */
export function enlargedPieces(text: readonly string[], bytes: number, chunkBytes: number): string[] {
  const words = text.join('').slice(0, bytes);
  const padding = bytes - words.length;
  const pieces = Array.from<string>({ length: Math.floor(padding / chunkBytes) }).fill(
    'x'.repeat(chunkBytes),
  );
  if (padding % chunkBytes > 0) pieces.push('x'.repeat(padding % chunkBytes));
  if (words !== '') pieces.unshift(words);
  return pieces;
}

/** A JSON response that has no other form, such as that of a login; built on demand. */
export function intendedJson(json: () => string, failures: FailureFormat = OPENAI_FAILURES): IntendedAnswer {
  return {
    isStream: false,
    chunkDelayMs: 0,
    contentType: JSON_TYPE,
    failures,
    body: json,
    events: () => [`data: ${json()}\n\n`],
    enlarged: (bytes) =>
      intendedJson(() => json().replace(/\}$/u, `,"padding":"${'x'.repeat(bytes)}"}`), failures),
  };
}

/** Sends a stream without a fault. */
export async function sendStream(answer: OpenAnswer, intended: IntendedAnswer): Promise<void> {
  answer.head(200, STREAM_HEADERS);
  await writeEvents(answer, intended.events(), intended.chunkDelayMs);
  answer.end();
}

/** Writes events at the given pace, until all are sent or the client has disconnected. */
export async function writeEvents(
  answer: OpenAnswer,
  events: Iterable<string>,
  delayMs: number,
): Promise<void> {
  let isFirst = true;
  for (const event of events) {
    if (!isFirst && delayMs > 0) await answer.pause(delayMs);
    if (answer.closed) return;
    isFirst = false;
    await answer.write(event);
  }
}
