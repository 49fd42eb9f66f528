import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse } from '@nestjs/swagger';
import { describeHeaders } from '../docs/response-headers.js';
import { ApiFailures } from '../docs/api-failures.js';
import { INTERNAL, INVALID_KEY } from '../docs/failures.js';
import { LivenessDto, ModelHealthListDto, ModelHistoryDto, ReadinessDto } from './health.dto.js';

/** An example in wire format. */
const HEALTH_EXAMPLE = JSON.parse(`{
  "object": "list",
  "token_cache": "memory",
  "gateway": { "status": "ready", "version": "1.0.0", "uptime_seconds": 86400 },
  "data": [
    {
      "model": "gpt-3.5-turbo",
      "type": "openai",
      "status": "available",
      "last_success_at": "2026-01-01T08:00:00.000Z",
      "last_failure_at": null,
      "last_error": null,
      "last_response_time": 0.412,
      "state": "ok",
      "since": "2026-01-01T07:30:00.000Z",
      "reason": null,
      "failing_deployments": 0,
      "deployments": [
        { "name": "deployment-1", "host": "api.example.com", "state": "ok", "breaker": "closed", "retry_in": 0,
          "closed_to_keys": 0, "last_error": null, "running": 2 }
      ],
      "last_5_minutes": {
        "requests": 120, "errors": 0, "success_rate": 1, "p50_seconds": 0.405, "p95_seconds": 0.93,
        "first_token_p50_seconds": 0.112, "first_token_p95_seconds": 0.31
      },
      "last_60_minutes": {
        "requests": 1407, "errors": 3, "success_rate": 0.9979, "p50_seconds": 0.401, "p95_seconds": 0.911,
        "first_token_p50_seconds": 0.11, "first_token_p95_seconds": 0.3
      },
      "probe": { "kind": "chat", "at": "2026-01-01T07:31:00.000Z", "ok": true, "seconds": 0.41, "error": null }
    },
    {
      "model": "custom-model",
      "type": "request",
      "status": "unavailable",
      "last_success_at": null,
      "last_failure_at": "2026-01-01T08:00:00.000Z",
      "last_error": "upstream_login_failed",
      "last_response_time": null,
      "state": "credentials_refused",
      "since": "2026-01-01T08:00:00.000Z",
      "reason": "upstream_login_failed",
      "failing_deployments": 1,
      "deployments": [
        { "name": "deployment-1", "host": "10.0.0.7:8080", "state": "failing", "breaker": "closed", "retry_in": 0,
          "closed_to_keys": 0, "last_error": "upstream_login_failed",
          "last_failure": { "at": "2026-01-01T08:00:00.000Z", "error": "upstream_login_failed" }, "running": 0 }
      ],
      "last_5_minutes": {
        "requests": 2, "errors": 2, "success_rate": 0, "p50_seconds": null, "p95_seconds": null,
        "first_token_p50_seconds": null, "first_token_p95_seconds": null
      },
      "last_60_minutes": {
        "requests": 2, "errors": 2, "success_rate": 0, "p50_seconds": null, "p95_seconds": null,
        "first_token_p50_seconds": null, "first_token_p95_seconds": null
      },
      "token": {
        "valid_until": null, "renewals": 0, "last_login_at": null,
        "last_login_failure_at": "2026-01-01T08:00:00.000Z", "last_login_failure": "refused",
        "paused_until": "2026-01-01T08:00:30.000Z"
      },
      "probe": { "kind": "login", "at": "2026-01-01T08:00:00.000Z", "ok": false, "seconds": 0.021,
        "error": "upstream_login_failed" }
    }
  ]
}`) as ModelHealthListDto;

const HISTORY_EXAMPLE = JSON.parse(`{
  "object": "list",
  "newest_minute": "2026-01-01T08:00:00.000Z",
  "data": [
    {
      "model": "gpt-3.5-turbo",
      "requests": [21, 25, 24],
      "errors": [0, 1, 0],
      "p50_seconds": [0.402, 0.41, 0.399],
      "p95_seconds": [0.9, 0.97, 0.89],
      "first_token_p50_seconds": [0.11, null, 0.114]
    }
  ],
  "changes": [
    {
      "at": "2026-01-01T08:00:00.000Z",
      "model": "custom-model",
      "from": "ok",
      "to": "credentials_refused",
      "reason": "upstream_login_failed"
    }
  ]
}`) as ModelHistoryDto;

/** OpenAPI description of the liveness route. */
export const ApiLiveness = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'getLiveness',
      summary: 'Liveness · 存活检查',
      description: 'Whether the process is alive, independent of the models. 只反映进程状态，与模型无关。',
    }),
    ApiOkResponse({
      description: 'Alive.',
      type: LivenessDto,
      headers: describeHeaders(),
      example: {
        status: 'ok',
        version: '1.0.0',
        uptime_seconds: 86_400,
        models: { configured: 3, enabled: 3 },
        config: { generation: 2, age_seconds: 3600 },
      },
    }),
  ) as MethodDecorator;

/** OpenAPI description of the readiness route. */
export const ApiReadiness = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'getReadiness',
      summary: 'Readiness · 就绪检查',
      description:
        'Whether new calls should be sent here; false from the start of a shutdown. 是否应接收新请求；关闭开始后为否。',
    }),
    ApiOkResponse({
      description: 'Ready for calls. 可以接收请求。',
      type: ReadinessDto,
      headers: describeHeaders(),
      example: { status: 'ready' },
    }),
    ApiServiceUnavailableResponse({
      description: 'Shutting down; send no more calls. 正在关闭，请勿再发送请求。',
      type: ReadinessDto,
      headers: describeHeaders(),
      example: { status: 'shutting_down' },
    }),
  ) as MethodDecorator;

/** OpenAPI description of the model health route. */
export const ApiModelHealth = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'listModelHealth',
      summary: 'Health of each model · 模型可用性',
      description:
        'The state of each model as last seen by real traffic, tests and probes: since when, why, recent calls and the ' +
        'access token. Calls no model.\n\n各模型的当前状态、起始时间、原因、近期调用情况与登录令牌状态；查询时不会调用模型。',
    }),
    ApiOkResponse({
      description: 'The models that your key may use.',
      type: ModelHealthListDto,
      headers: describeHeaders(),
      example: HEALTH_EXAMPLE,
    }),
    ApiFailures(...INVALID_KEY, INTERNAL),
  ) as MethodDecorator;

/** OpenAPI description of the model history route. */
export const ApiModelHistory = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'listModelHistory',
      summary: 'The last hour of each model · 最近一小时',
      description:
        'Calls, errors and durations per minute, and state changes, newest first. Cleared by a restart.\n\n' +
        '按分钟给出调用数、错误数与耗时，以及状态变化；重启后清空。',
    }),
    ApiOkResponse({
      description: 'The models that your key may use; sixty numbers in each list (here: three).',
      type: ModelHistoryDto,
      headers: describeHeaders(),
      example: HISTORY_EXAMPLE,
    }),
    ApiFailures(...INVALID_KEY, INTERNAL),
  ) as MethodDecorator;
