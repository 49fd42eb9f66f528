import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { describeHeaders } from '../docs/response-headers.js';
import { type Failure, ApiFailures } from '../docs/api-failures.js';
import { INTERNAL, INVALID_KEY } from '../docs/failures.js';
import { KeyNotAllowedError } from '../errors/access-errors.js';

const EXAMPLE = `# HELP llm_gateway_requests_total Model calls, and requests that were refused, by outcome: ok or the error code.
# TYPE llm_gateway_requests_total counter
llm_gateway_requests_total{model="gpt-3.5-turbo",type="openai",client="key-1",outcome="ok"} 12
`;

const KEY_NOT_ALLOWED: Failure = {
  summary: 'A key restricted to some models',
  error: new KeyNotAllowedError(),
};

const ApiText = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'getMetrics',
      summary: 'Metrics for Prometheus · 监控指标',
      description:
        'Prometheus text format. Labels contain configured names and error codes, but no data from clients. ' +
        'Prometheus 文本格式；标签只含配置中的名称与错误码。',
    }),
    ApiOkResponse({
      description: 'All metrics. 全部指标。',
      headers: describeHeaders(),
      content: { 'text/plain': { schema: { type: 'string' }, example: EXAMPLE } },
    }),
  ) as MethodDecorator;

/** OpenAPI description of the route with a key. */
export const ApiMetrics = (): MethodDecorator =>
  applyDecorators(ApiText(), ApiFailures(...INVALID_KEY, KEY_NOT_ALLOWED, INTERNAL)) as MethodDecorator;

/** OpenAPI description of the route without a key. */
export const ApiPublicMetrics = (): MethodDecorator =>
  applyDecorators(ApiText(), ApiFailures(INTERNAL)) as MethodDecorator;
