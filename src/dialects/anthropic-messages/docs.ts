import { ApiCall } from '../../docs/call-docs.js';
import { InvalidRequestError } from '../../errors/caller-errors.js';
import { MESSAGES_ERRORS } from './errors.js';

const DESCRIPTION = `Anthropic's Messages, for every chat model: requests and responses pass unchanged \
if the model's service speaks this format, and are translated otherwise. \`x-gateway-dropped\` names what is lost. Keys are taken \
as \`x-api-key\` or \`Authorization: Bearer\`; failures have Anthropic's shape, in streams as \`event: error\`.

与 Anthropic Messages 接口一致，可调用任意对话模型。服务本身支持该格式时原样转发，否则自动转换；无法转换的字段列在响应头 \
\`x-gateway-dropped\` 中。`;

const MESSAGE = {
  id: 'msg_123',
  type: 'message',
  role: 'assistant',
  model: 'gpt-4',
  content: [{ type: 'text', text: '你好！有什么可以帮您？' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: {
    input_tokens: 12,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 9,
  },
};

const event = (data: { type: string; [field: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

const STREAM = [
  { type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: '你好！' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: MESSAGE.usage },
  { type: 'message_stop' },
]
  .map(event)
  .join('');

/** Swagger documentation of the route for messages. */
export const MESSAGES_DOCS = ApiCall({
  operationId: 'createMessage',
  summary: 'Create a message · Anthropic Messages 对话',
  description: DESCRIPTION,
  required: ['model', 'messages'],
  properties: {
    model: { type: 'string', example: 'gpt-4' },
    messages: { type: 'array', items: { type: 'object', additionalProperties: true } },
    max_tokens: { type: 'integer', minimum: 0, nullable: true },
    stream: { type: 'boolean' },
  },
  examples: {
    simple: {
      summary: 'One question · 简单对话',
      value: {
        model: 'gpt-4',
        max_tokens: 200,
        messages: [{ role: 'user', content: '你好，请用一句话介绍你自己。' }],
      },
    },
    stream: {
      summary: 'A stream · 流式返回',
      value: {
        model: 'gpt-4',
        max_tokens: 200,
        stream: true,
        messages: [{ role: 'user', content: '你好，请用一句话介绍你自己。' }],
      },
    },
  },
  response: MESSAGE,
  stream: STREAM,
  errors: MESSAGES_ERRORS,
  failures: [
    {
      summary: 'A field is missing',
      error: new InvalidRequestError(
        'missing_required_parameter',
        "Missing required parameter: 'max_tokens'.",
        'max_tokens',
      ),
    },
  ],
});

/** Swagger documentation of the route that counts tokens. */
export const COUNT_DOCS = ApiCall({
  operationId: 'countTokens',
  summary: 'Count tokens · 计算 token 数',
  description:
    "How many tokens a request has: as the model's service counts where it can, by the gateway's own tokenizer " +
    'elsewhere.\n\n计算请求的 token 数：服务能计数时由服务计算，否则由网关自带的分词器估算。',
  required: ['model', 'messages'],
  properties: {
    model: { type: 'string', example: 'gpt-4' },
    messages: { type: 'array', items: { type: 'object', additionalProperties: true } },
  },
  examples: {
    simple: {
      summary: 'One question · 简单对话',
      value: { model: 'gpt-4', messages: [{ role: 'user', content: '你好，请用一句话介绍你自己。' }] },
    },
  },
  response: { input_tokens: 14 },
  errors: MESSAGES_ERRORS,
  failures: [
    {
      summary: 'A field is missing',
      error: new InvalidRequestError(
        'missing_required_parameter',
        "Missing required parameter: 'messages'.",
        'messages',
      ),
    },
  ],
});
