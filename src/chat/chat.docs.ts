import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiOkResponse, ApiOperation, getSchemaPath } from '@nestjs/swagger';
import { MODEL_CALL_HEADERS, answerHeaders } from '../docs/answer-headers.js';
import { ApiFailures } from '../docs/api-failures.js';
import {
  INTERNAL,
  INVALID_JSON,
  INVALID_KEY,
  MODEL_NOT_ALLOWED,
  MODEL_NOT_FOUND,
  NOT_JSON,
  SHUTTING_DOWN,
  tooLarge,
} from '../docs/failures.js';
import { ChatCompletionChunkDto } from '../dialects/openai-chat/dto/chat-completion-chunk.dto.js';
import { ChatCompletionRequestDto } from '../dialects/openai-chat/dto/chat-completion-request.dto.js';
import { ChatCompletionDto } from '../dialects/openai-chat/dto/chat-completion.dto.js';
import { COMPLETION_EXAMPLE, REQUEST_EXAMPLES, STREAM_EXAMPLE } from './chat-examples.js';
import { INVALID_FIELDS, LIMITS_REACHED, UPSTREAM_FAILURES } from './chat-failures.js';

const DEFAULT_BODY_LIMIT_BYTES = 32 * 1024 * 1024;

const DESCRIPTION = `The OpenAI chat call. The gateway reads \`model\`, \`messages\`, \`stream\` and the two token \
limits; every other field reaches the model's service unchanged.

With \`"stream": true\` the answer is \`text/event-stream\` and ends in \`data: [DONE]\`. This page shows the events \
when the last one has come. A stream that breaks off ends with \`data: {"error": …}\` and without \`[DONE]\`.

与 OpenAI 对话接口一致。未列出的字段会原样转发给模型服务。设置 \`"stream": true\` 时以事件流返回，最后一行为 \`data: [DONE]\`。`;

/** What Swagger UI shows of the chat route. */
export const ApiChatCompletion = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'createChatCompletion',
      summary: 'Create a chat completion · 对话补全',
      description: DESCRIPTION,
    }),
    ApiBody({ type: ChatCompletionRequestDto, examples: REQUEST_EXAMPLES }),
    ApiExtraModels(ChatCompletionDto, ChatCompletionChunkDto),
    ApiOkResponse({
      description: 'The answer: whole, or as a stream where `stream` is true. 完整回答，或事件流。',
      headers: answerHeaders(MODEL_CALL_HEADERS),
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
      MODEL_NOT_FOUND,
      tooLarge(DEFAULT_BODY_LIMIT_BYTES),
      NOT_JSON,
      ...LIMITS_REACHED,
      ...UPSTREAM_FAILURES,
      INTERNAL,
      SHUTTING_DOWN,
    ),
  ) as MethodDecorator;
