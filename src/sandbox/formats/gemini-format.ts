import { type JsonObject, isObject } from '../chat/chat-request.js';
import { type Reply } from '../chat/completion.js';
import { type RequestProblem } from '../request-problem.js';
import { type SandboxFormat, listOf } from './format.js';

/** https://google.aip.dev/193 */
const STATUSES: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};
const MODES: Readonly<Record<string, string>> = { AUTO: 'auto', ANY: 'required', NONE: 'none' };

/** Google's Gemini. Wire format: https://ai.google.dev/api/generate-content */
export const GEMINI_FORMAT: SandboxFormat = {
  toChat: (body, path) => {
    const config = isObject(body.generationConfig) ? body.generationConfig : {};
    const [tools] = listOf(body.tools);
    return {
      model: decodeURIComponent(/([^/]+):(?:stream)?[gG]enerateContent$/.exec(path)?.[1] ?? ''),
      stream: path.endsWith(':streamGenerateContent'),
      messages: [...systemOf(body.systemInstruction), ...listOf(body.contents).flatMap(messagesOf)],
      max_completion_tokens: config.maxOutputTokens,
      stop: config.stopSequences,
      tools: listOf(isObject(tools) ? tools.functionDeclarations : undefined).map((each) => ({
        type: 'function',
        function: isObject(each) ? { ...each, parameters: each.parametersJsonSchema } : each,
      })),
      tool_choice: choiceOf(body.toolConfig),
      response_format:
        config.responseJsonSchema === undefined
          ? undefined
          : { type: 'json_schema', json_schema: { schema: config.responseJsonSchema } },
    };
  },

  json: (reply) => JSON.stringify({ ...responseOf(reply, []), ...endOf(reply, partsOf(reply)) }),

  *events(reply) {
    const parts = reply.toolCalls.length > 0 ? partsOf(reply) : reply.pieces.map((text) => ({ text }));
    for (const part of parts) yield `data: ${JSON.stringify(responseOf(reply, [part]))}\n\n`;
    yield `data: ${JSON.stringify({ ...responseOf(reply, []), ...endOf(reply, []) })}\n\n`;
  },

  error: ({ message, status }: RequestProblem) =>
    JSON.stringify({
      error: {
        code: status,
        message,
        status: STATUSES[status] ?? (status >= 500 ? 'INTERNAL' : 'INVALID_ARGUMENT'),
      },
    }),

  errorEvent: (error) => {
    const { message } = isObject(error) ? error : { message: error };
    return `data: ${JSON.stringify({ error: { code: 500, status: 'INTERNAL', ...(isObject(error) && error), message } })}\n\n`;
  },

  isDone: () => false,
};

function responseOf(reply: Reply, parts: readonly JsonObject[]): JsonObject {
  return {
    candidates: [{ content: { parts, role: 'model' }, index: 0 }],
    modelVersion: reply.model,
    responseId: reply.id.slice('chatcmpl-'.length),
  };
}

function endOf(reply: Reply, parts: readonly JsonObject[]): JsonObject {
  const { usage, finishReason } = reply;
  const finish = finishReason === 'length' ? 'MAX_TOKENS' : 'STOP';
  return {
    candidates: [{ content: { parts, role: 'model' }, finishReason: finish, index: 0 }],
    usageMetadata: {
      promptTokenCount: usage.prompt_tokens,
      candidatesTokenCount: usage.completion_tokens,
      totalTokenCount: usage.total_tokens,
    },
  };
}

function partsOf(reply: Reply): JsonObject[] {
  if (reply.toolCalls.length === 0) return [{ text: reply.pieces.join('') }];
  return reply.toolCalls.map(({ name, arguments: text }) => ({
    functionCall: { name, args: JSON.parse(text) as unknown },
  }));
}

function systemOf(instruction: unknown): JsonObject[] {
  return isObject(instruction) ? [{ role: 'system', content: instruction.parts }] : [];
}

function messagesOf(content: unknown): unknown[] {
  if (!isObject(content)) return [content];
  const parts = listOf(content.parts);
  const results = parts.filter(
    (part) => isObject(part) && part.functionResponse !== undefined,
  ) as JsonObject[];
  const others = parts.filter((part) => !results.includes(part as JsonObject));
  const role = content.role === 'model' ? 'assistant' : 'user';
  return [
    ...results.map(({ functionResponse }) => ({ role: 'tool', content: resultOf(functionResponse) })),
    ...(others.length > 0 ? [{ role, content: others.map(partOf) }] : []),
  ];
}

/** The result of a tool: `output`, `result` or `error`; any other object as JSON. */
function resultOf(functionResponse: unknown): string {
  const said = isObject(functionResponse) ? functionResponse.response : undefined;
  const words = isObject(said) ? (said.output ?? said.result ?? said.error) : undefined;
  return typeof words === 'string' ? words : JSON.stringify(words ?? said ?? null);
}

function partOf(part: unknown): unknown {
  return isObject(part) && isObject(part.inlineData) ? { type: 'image_url' } : part;
}

function choiceOf(config: unknown): unknown {
  if (!isObject(config) || !isObject(config.functionCallingConfig)) return undefined;
  const { mode, allowedFunctionNames } = config.functionCallingConfig;
  const [name] = listOf(allowedFunctionNames);
  return name === undefined ? MODES[String(mode)] : { type: 'function', function: { name } };
}
