import { type JsonObject } from '../chat-request.js';
import { type Reply } from '../completion.js';
import { type RequestProblem } from '../request-problem.js';

/** A wire format in which the sandbox chats, beside OpenAI's chat completions. */
export interface SandboxFormat {
  /** A request as the body of a chat completion would say it. @throws RequestProblem */
  toChat(body: JsonObject, path: string): JsonObject;
  json(reply: Reply): string;
  /** Framed events of a stream. */
  events(reply: Reply): Iterable<string>;
  /** The body of a refusal. */
  error(problem: RequestProblem): string;
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
