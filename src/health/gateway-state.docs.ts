import { applyDecorators } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery } from '@nestjs/swagger';
import { ApiFailures } from '../docs/api-failures.js';
import { INTERNAL, INVALID_KEY } from '../docs/failures.js';
import { describeHeaders } from '../docs/response-headers.js';
import { GatewayActivityDto } from './gateway-state.dto.js';

const EXAMPLE = JSON.parse(`{
  "object": "gateway",
  "scope": "all",
  "running_calls": 1,
  "running": [
    { "request_id": "7d3b1a52", "client": "search-bot", "model": "gpt-4", "deployment": "north", "stream": true,
      "seconds": 2.41, "phase": "responding" }
  ],
  "failures": [
    { "at": "2026-01-01T08:00:00.000Z", "request_id": "0f9c2e41", "method": "POST", "path": "/v1/chat/completions",
      "client": "search-bot", "model": "gpt-4", "status": 500, "error": "upstream_unreachable",
      "attempts": [
        { "model": "gpt-4", "deployment": "south", "host": "10.0.0.7:8080", "error": "upstream_unreachable",
          "cause": "ECONNREFUSED" }
      ] }
  ],
  "config": {
    "path": "config/models.yaml", "digest": "9f86d081884c7d65", "generation": 2,
    "loaded_at": "2026-01-01T07:30:00.000Z", "models": 3, "at_next_start": ["server.port"], "is_refused": true,
    "refusals": [
      { "at": "2026-01-01T07:45:00.000Z",
        "problems": ["config/models.yaml:12: models.openai[0].base_url: missing, expected an http:// or https:// address"] }
    ]
  }
}`) as GatewayActivityDto;

/** OpenAPI description of the route of the gateway's own state. */
export const ApiGatewayState = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({
      operationId: 'getGatewayState',
      summary: 'Running calls, failed requests, configuration · 运行中的调用、失败请求与配置',
      description:
        'What this process does now, its newest failed requests with their ids, and the configuration in force. Only an ' +
        'admin key sees the calls of others; `config` needs an admin key, or an unrestricted one where no key is marked ' +
        'as admin. In memory: a restart clears it, and each replica has its own.\n\n' +
        '本进程正在进行的调用、最近失败的请求及其编号，以及当前生效的配置。只有管理员密钥能看到他人的调用。' +
        '数据保存在内存中：重启后清空，各副本分别记录。',
    }),
    ApiQuery({
      name: 'model',
      required: false,
      description: 'Only failures of this model. 只列出该模型的失败请求。',
      schema: { type: 'string' },
    }),
    ApiOkResponse({
      description: 'The state of this process.',
      type: GatewayActivityDto,
      headers: describeHeaders(),
      example: EXAMPLE,
    }),
    ApiFailures(...INVALID_KEY, INTERNAL),
  ) as MethodDecorator;
