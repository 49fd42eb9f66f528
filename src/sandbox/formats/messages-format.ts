import { type JsonObject, isObject } from '../chat/chat-request.js';
import { type Reply, toolCallId } from '../chat/completion.js';
import { type RequestProblem } from '../request-problem.js';
import { type SandboxFormat, argumentPieces, listOf, namedEvent } from './format.js';

/** https://platform.claude.com/docs/en/api/errors */
const ERROR_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};
const OWN_TYPES: ReadonlySet<unknown> = new Set([...Object.values(ERROR_TYPES), 'invalid_request_error']);
const STOP_REASONS = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' } as const;

/** Anthropic's Messages. Wire format: https://platform.claude.com/docs/en/api/messages */
export const MESSAGES_FORMAT: SandboxFormat = {
  toChat: (body) => ({
    ...body,
    max_completion_tokens: body.max_tokens,
    messages: Array.isArray(body.messages)
      ? [...systemOf(body.system), ...body.messages.flatMap(messagesOf)]
      : body.messages,
    stop: body.stop_sequences,
    tools: Array.isArray(body.tools) ? body.tools.filter(isClientTool).map(toolOf) : undefined,
    tool_choice: choiceOf(body.tool_choice),
    parallel_tool_calls: !(isObject(body.tool_choice) && body.tool_choice.disable_parallel_tool_use === true),
    response_format: formatOf(body.output_config),
  }),

  json: (reply) => JSON.stringify({ ...headOf(reply), content: blocksOf(reply), ...endOf(reply) }),

  *events(reply) {
    const { usage } = reply;
    const message = {
      ...headOf(reply),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usageOf(usage.prompt_tokens), output_tokens: 1 },
    };
    yield namedEvent({ type: 'message_start', message });
    yield namedEvent({ type: 'ping' });
    for (const [index, block] of blocksOf(reply).entries()) {
      const isText = block.type === 'text';
      yield namedEvent({
        type: 'content_block_start',
        index,
        content_block: isText ? { type: 'text', text: '' } : { ...block, input: {} },
      });
      const deltas = isText
        ? reply.pieces.map((text) => ({ type: 'text_delta', text }))
        : argumentPieces(JSON.stringify(block.input)).map((partial_json) => ({
            type: 'input_json_delta',
            partial_json,
          }));
      for (const delta of deltas) yield namedEvent({ type: 'content_block_delta', index, delta });
      yield namedEvent({ type: 'content_block_stop', index });
    }
    const { usage: counts, ...delta } = endOf(reply);
    yield namedEvent({ type: 'message_delta', delta, usage: counts });
    yield namedEvent({ type: 'message_stop' });
  },

  error: ({ message, status }: RequestProblem) =>
    JSON.stringify({
      type: 'error',
      error: {
        type: ERROR_TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error'),
        message,
      },
    }),

  errorEvent: (error) => {
    const { message } = isObject(error) ? error : { message: error };
    // Anthropic's own types are kept; others mean nothing to its clients.
    const type = isObject(error) && OWN_TYPES.has(error.type) ? error.type : 'api_error';
    return namedEvent({ type: 'error', error: { ...(isObject(error) && error), type, message } });
  },

  isDone: (event) => event.startsWith('event: message_stop\n'),
};

function headOf({ id, model }: Reply): JsonObject {
  return { id: id.replace('chatcmpl-', 'msg_'), type: 'message', role: 'assistant', model };
}

function blocksOf(reply: Reply): { readonly type: string; readonly [field: string]: unknown }[] {
  if (reply.toolCalls.length === 0) return [{ type: 'text', text: reply.pieces.join('') }];
  return reply.toolCalls.map((call, index) => ({
    type: 'tool_use',
    id: toolCallId(reply, index).replace('call_', 'toolu_'),
    name: call.name,
    input: JSON.parse(call.arguments) as unknown,
  }));
}

function endOf({ finishReason, usage }: Reply): JsonObject {
  return {
    stop_reason: STOP_REASONS[finishReason],
    stop_sequence: null,
    usage: { ...usageOf(usage.prompt_tokens), output_tokens: usage.completion_tokens },
  };
}

function usageOf(inputTokens: number): JsonObject {
  return { input_tokens: inputTokens, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
}

function systemOf(system: unknown): JsonObject[] {
  const text = typeof system === 'string' ? system : textOf(listOf(system));
  return text === '' ? [] : [{ role: 'system', content: text }];
}

function messagesOf(message: unknown): unknown[] {
  if (!isObject(message) || !Array.isArray(message.content)) return [message];
  const results = message.content.filter((block) => isObject(block) && block.type === 'tool_result');
  const others = message.content.filter((block) => !results.includes(block)).map(partOf);
  return [
    ...results.map((block: JsonObject) => ({
      role: 'tool',
      tool_call_id: block.tool_use_id,
      content: typeof block.content === 'string' ? block.content : textOf(listOf(block.content)),
    })),
    ...(others.length > 0 ? [{ ...message, content: others }] : []),
  ];
}

function partOf(block: unknown): unknown {
  return isObject(block) && block.type === 'image' ? { type: 'image_url' } : block;
}

function textOf(blocks: readonly unknown[]): string {
  return blocks
    .map((block) => (isObject(block) && typeof block.text === 'string' ? block.text : ''))
    .join('');
}

function isClientTool(tool: unknown): boolean {
  return isObject(tool) && (tool.type === undefined || tool.type === 'custom');
}

function toolOf(tool: JsonObject): JsonObject {
  return {
    type: 'function',
    function: { name: tool.name, description: tool.description, parameters: tool.input_schema },
  };
}

function choiceOf(choice: unknown): unknown {
  if (!isObject(choice)) return undefined;
  if (choice.type === 'tool') return { type: 'function', function: { name: choice.name } };
  return choice.type === 'any' ? 'required' : choice.type;
}

function formatOf(config: unknown): JsonObject | undefined {
  if (!isObject(config) || !isObject(config.format)) return undefined;
  return { type: 'json_schema', json_schema: { schema: config.format.schema } };
}
