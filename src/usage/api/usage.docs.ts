import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { type Failure, ApiFailures } from '../../docs/api-failures.js';
import { INTERNAL, INVALID_KEY } from '../../docs/failures.js';
import { describeHeaders } from '../../docs/response-headers.js';
import { InvalidRequestError } from '../../errors/caller-errors.js';
import { UsageUnavailableError } from '../../errors/server-errors.js';
import { GROUPS } from '../figures/figures.js';
import { UsageListDto } from './usage.dto.js';

/** An example in wire format. */
const EXAMPLE = JSON.parse(`{
  "object": "list",
  "data": [
    {
      "key": "search-bot",
      "model": "chat",
      "requests": 1250,
      "errors": 3,
      "prompt_tokens": 812000,
      "cached_tokens": 120000,
      "cache_write_tokens": 0,
      "completion_tokens": 96500,
      "reasoning_tokens": 0,
      "estimated_requests": 0,
      "uncounted_requests": 2,
      "unpriced_requests": 2,
      "cost_usd": 2.845
    }
  ]
}`) as UsageListDto;

const INVALID_QUERY: Failure = {
  summary: 'A date that is none',
  error: new InvalidRequestError(
    'invalid_value',
    "'from' must be a date such as 2026-11-01, or an RFC 3339 time such as 2026-11-01T08:00:00Z.",
    'from',
  ),
};

const UNAVAILABLE: Failure = {
  summary: 'The store of usage does not respond',
  error: new UsageUnavailableError(),
};

/** OpenAPI description of the usage route. */
export const ApiUsage = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'getUsage',
      summary: 'What was used, and what it cost · 用量与费用',
      description:
        'Requests, tokens and costs of a time, in all or by group. A key with `admin: true` sees the figures of all ' +
        'keys, every other key its own. Fresh up to the calls that have just ended. ' +
        '某段时间内的请求数、token 与费用，可分组统计；`admin: true` 的密钥可见全部，其他密钥只见自己的用量。',
    }),
    ApiQuery({
      name: 'from',
      required: false,
      schema: { type: 'string' },
      description:
        'The beginning: a date in `auth.time_zone`, or an RFC 3339 time. Default: the first of the current month. 起始时间，默认为本月初。',
      example: '2026-11-01',
    }),
    ApiQuery({
      name: 'to',
      required: false,
      schema: { type: 'string' },
      description:
        'The end: a date, the whole day included, or an RFC 3339 time. Default: now. 结束时间；给出日期时包含当天，默认为现在。',
      example: '2026-11-30',
    }),
    ApiQuery({
      name: 'group_by',
      required: false,
      schema: { type: 'string' },
      description: `One row for each combination; separated by commas: ${GROUPS.join(', ')}. Default: one row. 分组字段，以逗号分隔。`,
      example: 'key,model',
    }),
    ApiOkResponse({
      type: UsageListDto,
      description: 'Sorted by day and names. 按日期与名称排序。',
      headers: describeHeaders(),
      example: EXAMPLE,
    }),
    ApiFailures(INVALID_QUERY, ...INVALID_KEY, UNAVAILABLE, INTERNAL),
  ) as MethodDecorator;
