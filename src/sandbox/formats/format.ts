import { type JsonObject } from '../chat/chat-request.js';
import { DONE_EVENT } from '../chat/chat-stream.js';
import { type Reply } from '../chat/completion.js';
import { type RequestProblem } from '../request-problem.js';

/** How a wire format reports failures. */
export interface FailureFormat {
  /** The body of an error response. */
  error(problem: RequestProblem): string;
  /**
   * The event that reports an error in a stream.
   * @param error in OpenAI's format, or anything else
   */
  errorEvent(error: unknown): string;
  /** Whether an event only marks the stream as complete. */
  isDone(event: string): boolean;
}

/** OpenAI's format, which all operations other than chat use as well. */
export const OPENAI_FAILURES: FailureFormat = {
  error: (problem) => problem.toJson(),
  errorEvent: (error) => `data: ${JSON.stringify({ error })}\n\n`,
  isDone: (event) => event === DONE_EVENT,
};

/** A wire format for chats other than OpenAI's chat completions. */
export interface SandboxFormat extends FailureFormat {
  /** Converts a request to the body of a chat completion. @throws RequestProblem */
  toChat(body: JsonObject, path: string): JsonObject;
  json(reply: Reply): string;
  /** Framed events of a stream. */
  events(reply: Reply): Iterable<string>;
}

/** The `type` of an event is also its name. */
export function namedEvent(data: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Cuts the arguments of a tool call into pieces so short that a client has to join them. */
export function argumentPieces(text: string): readonly string[] {
  return text.match(/.{1,12}/gsu) ?? [];
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
