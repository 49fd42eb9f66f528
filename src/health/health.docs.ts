import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse } from '@nestjs/swagger';
import { answerHeaders } from '../docs/answer-headers.js';
import { ApiFailures } from '../docs/api-failures.js';
import { INTERNAL, INVALID_KEY } from '../docs/failures.js';
import { LivenessDto, ModelHealthListDto, ReadinessDto } from './health.dto.js';

/** As on the wire. */
const HEALTH_EXAMPLE = JSON.parse(`{
  "object": "list",
  "token_cache": "memory",
  "data": [
    {
      "model": "gpt-3.5-turbo",
      "type": "openai",
      "status": "available",
      "last_success_at": "2026-01-01T08:00:00.000Z",
      "last_failure_at": null,
      "last_error": null,
      "last_response_time": 0.412
    },
    {
      "model": "custom-model",
      "type": "request",
      "status": "unavailable",
      "last_success_at": null,
      "last_failure_at": "2026-01-01T08:00:00.000Z",
      "last_error": "upstream_login_failed",
      "last_response_time": null
    }
  ]
}`) as ModelHealthListDto;

/** What Swagger UI shows of liveness. */
export const ApiLiveness = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'getLiveness',
      summary: 'Liveness · 存活检查',
      description: 'Whether the process is alive, whatever the models do. 只反映进程状态，与模型无关。',
    }),
    ApiOkResponse({
      description: 'Alive.',
      type: LivenessDto,
      headers: answerHeaders(),
      example: {
        status: 'ok',
        version: '1.0.0',
        uptime_seconds: 86_400,
        models: { configured: 3, enabled: 3 },
      },
    }),
  ) as MethodDecorator;

/** What Swagger UI shows of readiness. */
export const ApiReadiness = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'getReadiness',
      summary: 'Readiness · 就绪检查',
      description:
        'Whether new calls should be sent here: no, from the first moment of a shutdown. 是否应接收新请求。',
    }),
    ApiOkResponse({
      description: 'Send calls. 可以接收请求。',
      type: ReadinessDto,
      headers: answerHeaders(),
      example: { status: 'ready' },
    }),
    ApiServiceUnavailableResponse({
      description: 'Send no more calls. 正在关闭。',
      type: ReadinessDto,
      headers: answerHeaders(),
      example: { status: 'shutting_down' },
    }),
  ) as MethodDecorator;

/** What Swagger UI shows of the models' health. */
export const ApiModelHealth = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'listModelHealth',
      summary: 'Health of each model · 模型可用性',
      description: 'Each model as real traffic and tests last saw it; asks no model. 各模型最近的可用情况。',
    }),
    ApiOkResponse({
      description: 'The models that your key may use.',
      type: ModelHealthListDto,
      headers: answerHeaders(),
      example: HEALTH_EXAMPLE,
    }),
    ApiFailures(...INVALID_KEY, INTERNAL),
  ) as MethodDecorator;
