import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam } from '@nestjs/swagger';
import { MODEL_CALL_HEADERS, describeHeaders } from '../docs/response-headers.js';
import { type Failure, ApiFailures } from '../docs/api-failures.js';
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
import { InvalidRequestError } from '../errors/caller-errors.js';
import { AdminRequiredError } from '../errors/access-errors.js';
import { UpstreamError } from '../errors/upstream-errors.js';
import { openAiError } from '../protocol/errors/error-format.js';
import { TEST_BODY_LIMIT_BYTES } from './model-test-request.js';
import { ModelDto, ModelListDto, ModelTestRequestDto, ModelTestResultDto } from './model.dto.js';

/** An example in wire format. */
const LIST_EXAMPLE = JSON.parse(`{
  "object": "list",
  "data": [
    {
      "id": "gpt-3.5-turbo",
      "object": "model",
      "created": 1767225600,
      "owned_by": "llm-gateway",
      "type": "openai",
      "speaks": ["openai-chat", "openai-completions", "openai-embeddings", "openai-moderations", "openai-images", "openai-audio", "rerank"],
      "max_tokens": 4096
    },
    { "id": "custom-model", "object": "model", "created": 1767225600, "owned_by": "llm-gateway", "type": "request", "speaks": ["openai-chat"] }
  ]
}`) as ModelListDto;

const MALFORMED_PATH: Failure = {
  summary: 'An invalid % escape in the path',
  error: new InvalidRequestError('invalid_value', 'The path is malformed.'),
};

const ADMIN_REQUIRED: Failure = {
  summary: 'A forced test with a key without admin: true',
  error: new AdminRequiredError('force'),
};

const TEST_EXAMPLES = {
  available: {
    summary: 'It answers',
    value: {
      model: 'gpt-3.5-turbo',
      status: 'available',
      response_time: 0.412,
      test_message: '你好',
      response: '你好！有什么可以帮您？',
    },
  },
  unavailable: {
    summary: 'The model does not respond',
    value: {
      model: 'gpt-3.5-turbo',
      status: 'unavailable',
      response_time: 5.003,
      test_message: '你好',
      error: openAiError(
        new UpstreamError('connect_timeout', 'No connection within timeouts.connect_seconds.'),
      ),
    },
  },
};

/** Replaces the list that Nest infers for the wildcard route by the single name that clients see. */
const MODEL_NAME = {
  name: 'name',
  description: 'A model name, which may contain `/`. 模型名称，可含 `/`。',
  type: String,
  example: 'gpt-3.5-turbo',
};

/** OpenAPI description of the model list. */
export const ApiListModels = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'listModels',
      summary: 'List models · 模型列表',
      description: 'The enabled models that your key may use. 列出当前密钥可用的模型。',
    }),
    ApiOkResponse({
      description: 'The models, in the order of the configuration.',
      type: ModelListDto,
      headers: describeHeaders(),
      example: LIST_EXAMPLE,
    }),
    ApiFailures(...INVALID_KEY, INTERNAL, SHUTTING_DOWN),
  ) as MethodDecorator;

/** OpenAPI description of one model. */
export const ApiRetrieveModel = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'retrieveModel',
      summary: 'Look up one model · 查询模型',
      description: 'One entry of the list. 查询单个模型。',
    }),
    ApiParam(MODEL_NAME),
    ApiOkResponse({
      description: 'The model.',
      type: ModelDto,
      headers: describeHeaders(),
      example: LIST_EXAMPLE.data[0],
    }),
    ApiFailures(MALFORMED_PATH, ...INVALID_KEY, MODEL_NOT_ALLOWED, MODEL_NOT_FOUND, INTERNAL, SHUTTING_DOWN),
  ) as MethodDecorator;

/** OpenAPI description of the model test. */
export const ApiTestModel = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'testModel',
      summary: 'Test a model · 测试模型',
      description:
        'Sends the smallest call of what the model does on the path of real traffic: a short chat, else embeddings, a ' +
        'moderation or speech of the message, or a rerank of one document. Models that make images or transcriptions ' +
        'are not called: the list of models shows whether their service responds. Returns 200 for both outcomes; see ' +
        '`status`, and of several deployments `deployments`, each of which is tested. The body is optional.\n\n用一条短消息实际调用模型（不支持对话的模型则做一次最小的向量、审核、重排或语音调用；' +
        '图像与语音识别模型不实际调用，只查询服务的模型列表）。无论成败都返回 200，结果见 `status`；有多个部署实例时逐一测试，见 `deployments`；请求体可省略。',
    }),
    ApiParam(MODEL_NAME),
    ApiBody({
      type: ModelTestRequestDto,
      required: false,
      examples: {
        message: {
          summary: 'Your own message · 自定义消息',
          value: { test_message: '你好，请介绍一下你自己。' },
        },
        default: { summary: 'The default message · 默认消息', value: {} },
      },
    }),
    ApiOkResponse({
      description: 'The result of the test. 测试结果。',
      type: ModelTestResultDto,
      headers: describeHeaders(MODEL_CALL_HEADERS),
      examples: TEST_EXAMPLES,
    }),
    ApiFailures(
      INVALID_JSON,
      {
        summary: 'An unknown field',
        error: new InvalidRequestError('invalid_value', 'property base_url should not exist.', 'base_url'),
      },
      MALFORMED_PATH,
      ...INVALID_KEY,
      MODEL_NOT_ALLOWED,
      ADMIN_REQUIRED,
      MODEL_NOT_FOUND,
      tooLarge(TEST_BODY_LIMIT_BYTES),
      NOT_JSON,
      INTERNAL,
      SHUTTING_DOWN,
    ),
  ) as MethodDecorator;
