import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { ServerConfig } from '../../config/server.config.js';
import { MODEL_CALL_HEADERS, describeHeaders } from '../../docs/response-headers.js';
import { type Failure, ApiFailures } from '../../docs/api-failures.js';
import {
  INTERNAL,
  INVALID_JSON,
  INVALID_KEY,
  LIMITS_REACHED,
  MODEL_NOT_ALLOWED,
  MODEL_NOT_FOUND,
  MODEL_NOT_PRICED,
  NOT_JSON,
  SHUTTING_DOWN,
  UPSTREAM_FAILURES,
  tooLarge,
} from '../../docs/failures.js';
import { ChatCompletionChunkDto } from './dto/chat-completion-chunk.dto.js';
import { ChatCompletionRequestDto } from './dto/chat-completion-request.dto.js';
import { ChatCompletionDto } from './dto/chat-completion.dto.js';
import { InvalidRequestError } from '../../errors/caller-errors.js';
import { COMPLETION_EXAMPLE, REQUEST_EXAMPLES, STREAM_EXAMPLE } from './examples.js';

const DESCRIPTION = `The OpenAI chat call. The gateway reads \`model\`, \`messages\`, \`stream\` and the two token \
limits; every other field reaches the model's service unchanged.

With \`"stream": true\` the answer is \`text/event-stream\` and ends in \`data: [DONE]\`. This page shows the events \
when the last one has come. A stream that breaks off ends with \`data: {"error": …}\` and without \`[DONE]\`.

与 OpenAI 对话接口一致。未列出的字段会原样转发给模型服务。设置 \`"stream": true\` 时以事件流返回，最后一行为 \`data: [DONE]\`。`;

/** Errors that the gateway itself finds in a chat request. */
const INVALID_FIELDS: readonly Failure[] = [
  {
    summary: 'A field is missing',
    error: new InvalidRequestError(
      'missing_required_parameter',
      "Missing required parameter: 'messages'.",
      'messages',
    ),
  },
  {
    summary: 'A field of the wrong type',
    error: new InvalidRequestError(
      'invalid_type',
      "'stream' must be a boolean or null, not a string.",
      'stream',
    ),
  },
  {
    summary: 'A field with a wrong value',
    error: new InvalidRequestError(
      'invalid_value',
      "'max_tokens' must be a positive integer or null.",
      'max_tokens',
    ),
  },
];

/** Swagger documentation of the chat route. */
export const CHAT_DOCS = applyDecorators(
  ApiTags('chat'),
  ApiOperation({
    operationId: 'createChatCompletion',
    summary: 'Create a chat completion · 对话补全',
    description: DESCRIPTION,
  }),
  ApiBody({ type: ChatCompletionRequestDto, examples: REQUEST_EXAMPLES }),
  ApiExtraModels(ChatCompletionDto, ChatCompletionChunkDto),
  ApiOkResponse({
    description: 'The answer: whole, or as a stream where `stream` is true. 完整回答，或事件流。',
    headers: describeHeaders(MODEL_CALL_HEADERS),
    content: {
      'application/json': {
        schema: { $ref: getSchemaPath(ChatCompletionDto) },
        example: COMPLETION_EXAMPLE,
      },
      'text/event-stream': {
        schema: { $ref: getSchemaPath(ChatCompletionChunkDto) },
        example: STREAM_EXAMPLE,
      },
    },
  }),
  ApiFailures(
    INVALID_JSON,
    ...INVALID_FIELDS,
    ...INVALID_KEY,
    MODEL_NOT_ALLOWED,
    MODEL_NOT_PRICED,
    MODEL_NOT_FOUND,
    tooLarge(new ServerConfig().body_limit),
    NOT_JSON,
    ...LIMITS_REACHED,
    ...UPSTREAM_FAILURES,
    INTERNAL,
    SHUTTING_DOWN,
  ),
) as MethodDecorator;
