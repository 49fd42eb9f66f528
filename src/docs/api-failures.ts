import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { type GatewayError } from '../errors/gateway-error.js';
import { type ErrorFormat, OPENAI_ERRORS } from '../protocol/errors/error-format.js';
import { ErrorBodyDto } from '../protocol/errors/error.dto.js';
import { describeHeaders } from './response-headers.js';

/** A possible failure of a route: its name in Swagger UI and the error that the code throws. */
export interface Failure {
  readonly summary: string;
  readonly error: GatewayError;
  /** The status that the client sees, if it differs from the error's. */
  readonly status?: number;
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request is invalid; `param` names the field. 请求有误，`param` 指出出错的字段。',
  401: 'The API key is missing or invalid. 缺少 API 密钥，或密钥错误。',
  403: 'This key may not use this model. 该密钥无权使用此模型。',
  404: 'No enabled model has this name. 模型不存在或未启用。',
  413: 'The request body is too large. 请求体过大。',
  415: 'The request body is not JSON, or is compressed. 请求体不是 JSON，或经过压缩。',
  422: "The model's service cannot process the request. 模型服务无法处理该请求。",
  429: 'Too many calls: try again after `retry-after`. 请求过多，请稍后重试。',
  500: 'The model call failed; `code` says why. 模型调用失败，`code` 说明原因。',
  502: 'Instead of 500, with `server.precise_error_status: true`: the model call failed.',
  503: 'The gateway is shutting down: retry at once to reach another replica. 网关正在关闭，请立即重试，由其他副本处理。',
  504: 'Instead of 500, with `server.precise_error_status: true`: the model took too long.',
};

/** Documents how a route can fail: a response per status, with the real bodies and headers of the errors. */
export function ApiFailures(...failures: readonly Failure[]): MethodDecorator & ClassDecorator {
  return ApiFailuresAs(OPENAI_ERRORS, ...failures);
}

/** The same failures as a wire format writes them. */
export function ApiFailuresAs(
  format: ErrorFormat,
  ...failures: readonly Failure[]
): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, Failure[]>();
  for (const failure of failures) {
    const status = failure.status ?? failure.error.status;
    byStatus.set(status, [...(byStatus.get(status) ?? []), failure]);
  }
  return applyDecorators(...[...byStatus].map(([status, group]) => apiFailure(format, status, group)));
}

function apiFailure(
  format: ErrorFormat,
  status: number,
  group: readonly Failure[],
): MethodDecorator & ClassDecorator {
  const headers = new Set(['link', ...group.flatMap(({ error }) => Object.keys(error.headers))]);
  return ApiResponse({
    status,
    description: DESCRIPTIONS[status] ?? '',
    ...(format === OPENAI_ERRORS ? { type: ErrorBodyDto } : { schema: { type: 'object' } }),
    headers: describeHeaders(headers),
    examples: Object.fromEntries(
      group.map(({ summary, error }, index) => [
        `${error.code ?? error.type}_${index + 1}`,
        { summary, value: format.body(error) },
      ]),
    ),
  });
}
