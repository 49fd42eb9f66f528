import { type JsonObject } from '../chat/chat-request.js';
import { DONE_EVENT } from '../chat/chat-stream.js';
import { type Reply } from '../chat/completion.js';
import { type RequestProblem } from '../request-problem.js';

/** How a wire format reports failures. */
export interface FailureFormat {
  /** The body of a refusal. */
  error(problem: RequestProblem): string;
  /** The event that reports an error in a stream. @param error as in OpenAI's format, or anything else */
  errorEvent(error: unknown): string;
  /** Whether an event says nothing but that the stream is complete. */
  isDone(event: string): boolean;
}

/** OpenAI's, and that of everything beside chat. */
export const OPENAI_FAILURES: FailureFormat = {
  error: (problem) => problem.toJson(),
  errorEvent: (error) => `data: ${JSON.stringify({ error })}\n\n`,
  isDone: (event) => event === DONE_EVENT,
};

/** A wire format in which the sandbox chats, beside OpenAI's chat completions. */
export interface SandboxFormat extends FailureFormat {
  /** A request as the body of a chat completion would say it. @throws RequestProblem */
  toChat(body: JsonObject, path: string): JsonObject;
  json(reply: Reply): string;
  /** Framed events of a stream. */
  events(reply: Reply): Iterable<string>;
}

/** Each `type` of an event is its name as well. */
export function namedEvent(data: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Small enough that a client has to put the arguments together again. */
export function argumentPieces(text: string): readonly string[] {
  return text.match(/.{1,12}/gsu) ?? [];
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
