import { UpstreamError } from '../../../errors/upstream-errors.js';
import { defaultFinishReason, readFinishReason } from '../finish-reason.js';
import { errorOf } from '../../../protocol/errors/error-shape.js';
import { type JsonObject, excessOf, isJsonObject, parseLosslessJson } from '../../../protocol/json.js';
import { readIndex } from '../gathering/positioned-items.js';
import { plainContent } from '../gathering/message-content.js';
import { ToolCalls } from '../gathering/tool-calls.js';
import { SSE_DONE } from '../done.js';
import { sseEvent } from '../../framing/sse-events.js';

/**
 * Writes a chat completion as a stream: per choice one chunk with the message and one with the
 * finish reason, then the usage if the client asked for it, then `[DONE]`. Wire format:
 * https://platform.openai.com/docs/api-reference/chat-streaming
 * @throws UpstreamError if no choice can be streamed
 */
export function completionToStream(completion: JsonObject, wantsUsage: boolean): string {
  // An `error` beside choices is empty at this point; SDKs would treat even an empty one in a chunk
  // as a failure.
  const { choices, usage, object: _object, error: _error, ...rest } = completion;
  const head = { ...rest, object: 'chat.completion.chunk' };
  const pending = wantsUsage ? { usage: null } : {};
  const known = Array.isArray(choices) ? (choices as readonly unknown[]).filter(isJsonObject) : [];
  if (known.length === 0)
    throw new UpstreamError('upstream_invalid_response', "The upstream's response holds no choices.");
  let events = '';
  for (const [position, choice] of known.entries()) {
    const { message, text, finish_reason, index: given, logprobs, ...others } = choice;
    const index = readIndex(given) ?? position;
    const delta = toDelta(isJsonObject(message) ? message : { content: text ?? null });
    const first = {
      ...others,
      index,
      delta,
      finish_reason: null,
      ...(logprobs !== undefined && { logprobs }),
    };
    events += sseEvent({ ...head, choices: [first], ...pending });
    const reason = readFinishReason(finish_reason) ?? defaultFinishReason(delta);
    events += sseEvent({ ...head, choices: [{ index, delta: {}, finish_reason: reason }], ...pending });
  }
  if (wantsUsage && usage !== undefined) events += sseEvent({ ...head, choices: [], usage });
  return events + SSE_DONE;
}

/**
 * In a delta, each tool call needs an index; its arguments are a string, and its id is needed for
 * the result.
 */
function toDelta({ role, content, tool_calls: calls, ...fields }: JsonObject): JsonObject {
  const delta = { role: role || 'assistant', content: plainContent(content ?? null), ...fields };
  if (!Array.isArray(calls)) return calls === undefined ? delta : { ...delta, tool_calls: calls };
  const toolCalls = new ToolCalls();
  for (const [index, call] of calls.entries()) if (isJsonObject(call)) toolCalls.add([{ ...call, index }]);
  return { ...delta, tool_calls: toolCalls.build().map((call, index) => ({ index, ...call })) };
}

/**
 * Turns a JSON document into a stream.
 * @throws UpstreamError if it is neither an error nor a completion
 */
export function documentAsEvents(document: Buffer, wantsUsage: boolean): string {
  const value = parseLosslessJson(document.toString());
  if (errorOf(value, true) !== undefined) return `event: error\n${sseEvent(value)}`;
  if (isJsonObject(value) && Array.isArray(value['choices'])) return completionToStream(value, wantsUsage);
  const excess = excessOf(document);
  throw new UpstreamError(
    'upstream_invalid_response',
    excess === undefined
      ? "The upstream's response is neither a stream of events nor a chat completion."
      : `The upstream's response ${excess}.`,
  );
}
