import { type JsonObject, isObject } from '../chat/chat-request.js';
import { type Reply, toolCallId } from '../chat/completion.js';
import { type RequestProblem } from '../request-problem.js';
import { type SandboxFormat, argumentPieces, listOf, namedEvent } from './format.js';

/** OpenAI's Responses. Wire format: https://platform.openai.com/docs/api-reference/responses */
export const RESPONSES_FORMAT: SandboxFormat = {
  toChat: (body) => ({
    ...body,
    max_completion_tokens: body.max_output_tokens,
    messages: [
      ...(typeof body.instructions === 'string' ? [{ role: 'system', content: body.instructions }] : []),
      ...(typeof body.input === 'string'
        ? [{ role: 'user', content: body.input }]
        : listOf(body.input).flatMap(messageOf)),
    ],
    tools: listOf(body.tools)
      .filter((tool) => isObject(tool) && tool.type === 'function')
      .map((tool) => ({ type: 'function', function: tool })),
    tool_choice:
      isObject(body.tool_choice) && body.tool_choice.type === 'function'
        ? { type: 'function', function: { name: body.tool_choice.name } }
        : body.tool_choice,
    response_format: formatOf(body.text),
  }),

  json: (reply) => JSON.stringify(responseOf(reply, 'completed', itemsOf(reply))),

  *events(reply) {
    let sequence = 0;
    const event = (type: string, fields: JsonObject): string =>
      namedEvent({ type, sequence_number: sequence++, ...fields });
    const begun = responseOf(reply, 'in_progress', []);
    yield event('response.created', { response: begun });
    yield event('response.in_progress', { response: begun });
    for (const [output_index, item] of itemsOf(reply).entries()) {
      const place = { output_index, item_id: item.id };
      if (item.type === 'message') {
        const [part] = item.content as readonly JsonObject[];
        const empty = { ...part, text: '' };
        yield event('response.output_item.added', {
          output_index,
          item: { ...item, status: 'in_progress', content: [] },
        });
        yield event('response.content_part.added', { ...place, content_index: 0, part: empty });
        for (const delta of reply.pieces)
          yield event('response.output_text.delta', { ...place, content_index: 0, delta, logprobs: [] });
        yield event('response.output_text.done', {
          ...place,
          content_index: 0,
          text: part?.text,
          logprobs: [],
        });
        yield event('response.content_part.done', { ...place, content_index: 0, part });
      } else {
        yield event('response.output_item.added', {
          output_index,
          item: { ...item, status: 'in_progress', arguments: '' },
        });
        for (const delta of argumentPieces(String(item.arguments)))
          yield event('response.function_call_arguments.delta', { ...place, delta });
        yield event('response.function_call_arguments.done', {
          ...place,
          name: item.name,
          arguments: item.arguments,
        });
      }
      yield event('response.output_item.done', { output_index, item });
    }
    const isCut = reply.finishReason === 'length';
    const response = responseOf(reply, 'completed', itemsOf(reply));
    yield event(isCut ? 'response.incomplete' : 'response.completed', { response });
  },

  error: (problem: RequestProblem) => problem.toJson(),

  errorEvent: (error) => {
    const { code = null, message, param = null } = isObject(error) ? error : { message: error };
    return namedEvent({ type: 'error', code, message, param, sequence_number: 0 });
  },

  // The last event is the response itself.
  isDone: () => false,
};

function responseOf(reply: Reply, status: string, output: readonly JsonObject[]): JsonObject {
  const { usage } = reply;
  const isOver = status === 'completed';
  const isCut = isOver && reply.finishReason === 'length';
  return {
    id: reply.id.replace('chatcmpl-', 'resp_'),
    object: 'response',
    created_at: reply.created,
    status: isCut ? 'incomplete' : status,
    error: null,
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    metadata: {},
    model: reply.model,
    output,
    parallel_tool_calls: true,
    temperature: null,
    tool_choice: 'auto',
    tools: [],
    top_p: null,
    usage: isOver
      ? {
          input_tokens: usage.prompt_tokens,
          input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
          output_tokens: usage.completion_tokens,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: usage.total_tokens,
        }
      : null,
  };
}

function itemsOf(reply: Reply): JsonObject[] {
  const id = reply.id.slice('chatcmpl-'.length);
  const status = reply.finishReason === 'length' ? 'incomplete' : 'completed';
  if (reply.toolCalls.length > 0) {
    return reply.toolCalls.map((call, index) => ({
      type: 'function_call',
      id: `fc_${id}-${index}`,
      call_id: toolCallId(reply, index),
      name: call.name,
      arguments: call.arguments,
      status,
    }));
  }
  const text = reply.pieces.join('');
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }];
  return [{ type: 'message', id: `msg_${id}`, status, role: 'assistant', content }];
}

function messageOf(item: unknown): unknown[] {
  if (!isObject(item)) return [item];
  switch (item.type) {
    case undefined:
    case 'message':
      return [item];
    case 'function_call':
    case 'custom_tool_call':
      return [{ role: 'assistant', content: null }];
    case 'function_call_output':
    case 'custom_tool_call_output':
      return [{ role: 'tool', tool_call_id: item.call_id, content: item.output }];
    default:
      return [];
  }
}

function formatOf(text: unknown): JsonObject | undefined {
  if (!isObject(text) || !isObject(text.format)) return undefined;
  const { type, schema } = text.format;
  return { type, ...(type === 'json_schema' && { json_schema: { schema } }) };
}
