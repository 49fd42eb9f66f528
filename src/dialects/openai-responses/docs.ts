import { ApiCall } from '../../docs/call-docs.js';
import { InvalidRequestError } from '../../errors/caller-errors.js';
import { OPENAI_ERRORS } from '../../protocol/errors/error-format.js';

const DESCRIPTION = `OpenAI's Responses, stateless, for every chat model: requests and responses pass unchanged \
if the model's service speaks this format, and are translated otherwise. \`x-gateway-dropped\` names what is lost. The \
gateway keeps no responses: \`previous_response_id\` is refused unless the model's service keeps them.

与 OpenAI Responses 接口一致（无状态），可调用任意对话模型。服务本身支持该格式时原样转发，否则自动转换；无法转换的字段列在响应头 \
\`x-gateway-dropped\` 中。网关不保存响应，除非模型服务自行保存，否则拒绝 \`previous_response_id\`。`;

const RESPONSE = {
  id: 'resp_123',
  object: 'response',
  created_at: 1_767_225_600,
  status: 'completed',
  model: 'gpt-4',
  output: [
    {
      type: 'message',
      id: 'msg_123',
      status: 'completed',
      role: 'assistant',
      content: [{ type: 'output_text', text: '你好！有什么可以帮您？', annotations: [] }],
    },
  ],
  usage: { input_tokens: 12, output_tokens: 9, total_tokens: 21 },
};

const STREAM = [
  {
    type: 'response.created',
    sequence_number: 0,
    response: { ...RESPONSE, status: 'in_progress', output: [] },
  },
  {
    type: 'response.output_text.delta',
    sequence_number: 4,
    item_id: 'msg_123',
    output_index: 0,
    content_index: 0,
    delta: '你好！',
  },
  { type: 'response.completed', sequence_number: 8, response: RESPONSE },
]
  .map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`)
  .join('');

/** Swagger documentation of the route for responses. */
export const RESPONSES_DOCS = ApiCall({
  operationId: 'createResponse',
  summary: 'Create a response · OpenAI Responses 对话',
  description: DESCRIPTION,
  required: ['model', 'input'],
  properties: {
    model: { type: 'string', example: 'gpt-4' },
    input: {
      oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object', additionalProperties: true } }],
    },
    instructions: { type: 'string', nullable: true },
    stream: { type: 'boolean', nullable: true },
  },
  examples: {
    simple: {
      summary: 'One question · 简单对话',
      value: { model: 'gpt-4', input: '你好，请用一句话介绍你自己。' },
    },
    stream: {
      summary: 'A stream · 流式返回',
      value: { model: 'gpt-4', input: '你好，请用一句话介绍你自己。', stream: true },
    },
  },
  response: RESPONSE,
  stream: STREAM,
  errors: OPENAI_ERRORS,
  failures: [
    {
      summary: 'A field is missing',
      error: new InvalidRequestError(
        'missing_required_parameter',
        "Missing required parameter: 'input'.",
        'input',
      ),
    },
  ],
});
