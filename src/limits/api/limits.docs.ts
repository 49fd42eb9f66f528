import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ApiFailures } from '../../docs/api-failures.js';
import { INTERNAL, INVALID_KEY } from '../../docs/failures.js';
import { describeHeaders } from '../../docs/response-headers.js';
import { LimitListDto } from './limits.dto.js';

/** An example in wire format. */
const EXAMPLE = JSON.parse(`{
  "object": "list",
  "state": "memory",
  "time_zone": "Asia/Shanghai",
  "data": [
    {
      "scope": "key",
      "name": "search-bot",
      "limits": [
        { "what": "requests", "limit": 60, "used": 12, "reserved": 0, "remaining": 48 },
        {
          "what": "budget",
          "limit": 20,
          "used": 7.25,
          "reserved": 0.03,
          "remaining": 12.72,
          "per": "month",
          "period": "2026-11",
          "resets_at": "2026-11-30T16:00:00.000Z"
        }
      ],
      "refusals": { "requests": 3, "tokens": 0, "concurrency": 0, "budget": 0 }
    }
  ]
}`) as LimitListDto;

/** OpenAPI description of the route. */
export const ApiLimits = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'getLimits',
      summary: 'What is left of limits and budgets · 限额与预算',
      description:
        'The counters that are enforced. A key with `admin: true` sees those of all keys and teams, every other key ' +
        'its own and those of its team. ' +
        '实际生效的计数；`admin: true` 的密钥可见全部，其他密钥只见自己及其团队的限额。',
    }),
    ApiOkResponse({
      type: LimitListDto,
      description: 'In the order of the configuration. 按配置中的顺序。',
      headers: describeHeaders(),
      example: EXAMPLE,
    }),
    ApiFailures(...INVALID_KEY, INTERNAL),
  ) as MethodDecorator;
