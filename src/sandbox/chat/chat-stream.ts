import { type Reply, SYSTEM_FINGERPRINT, toolCallId } from './completion.js';

export const DONE_EVENT = 'data: [DONE]\n\n';

/** So short that a client has to join the pieces of the arguments. */
const ARGUMENT_PIECE = /.{1,12}/gsu;

/**
 * Writes a reply as the events of a stream: role, content in words, finish reason, usage if
 * requested, `[DONE]`. Several choices are interleaved, as with OpenAI.
 */
export function* streamEvents(reply: Reply, includeUsage: boolean): Generator<string, void> {
  const head = `data: ${JSON.stringify({
    id: reply.id,
    object: 'chat.completion.chunk',
    created: reply.created,
    model: reply.model,
    system_fingerprint: SYSTEM_FINGERPRINT,
  }).slice(0, -1)},"choices":[`;
  // As with OpenAI, `include_usage` adds the key to every chunk, with null in all but the last.
  const tail = includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
  const deltas = reply.toolCalls.length > 0 ? [...toolDeltas(reply)] : contentDeltas(reply.pieces);
  for (const delta of deltas) {
    for (let index = 0; index < reply.choiceCount; index += 1) {
      yield `${head}{"index":${index},"delta":${delta},"logprobs":null,"finish_reason":null}${tail}`;
    }
  }
  for (let index = 0; index < reply.choiceCount; index += 1) {
    yield `${head}{"index":${index},"delta":{},"logprobs":null,"finish_reason":"${reply.finishReason}"}${tail}`;
  }
  if (includeUsage) yield `${head}],"usage":${JSON.stringify(reply.usage)}}\n\n`;
  yield DONE_EVENT;
}

function* contentDeltas(pieces: readonly string[]): Generator<string, void> {
  yield '{"role":"assistant","content":"","refusal":null}';
  for (const piece of pieces) yield `{"content":${JSON.stringify(piece)}}`;
}

function* toolDeltas(reply: Reply): Generator<string, void> {
  yield '{"role":"assistant","content":null,"refusal":null}';
  for (const [index, call] of reply.toolCalls.entries()) {
    const opening = {
      index,
      id: toolCallId(reply, index),
      type: 'function',
      function: { name: call.name, arguments: '' },
    };
    yield JSON.stringify({ tool_calls: [opening] });
    for (const piece of call.arguments.match(ARGUMENT_PIECE) ?? []) {
      yield JSON.stringify({ tool_calls: [{ index, function: { arguments: piece } }] });
    }
  }
}
