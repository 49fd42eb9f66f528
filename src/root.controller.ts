import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from './auth/public.decorator.js';
import { LiveConfig } from './config/live-config.js';
import { describeHeaders } from './docs/response-headers.js';
import { RootDto } from './root.dto.js';
import { NAME, VERSION } from './version.js';

@ApiTags('about')
@Controller()
export class RootController {
  constructor(private readonly live: LiveConfig) {}

  @ApiOperation({
    operationId: 'getAbout',
    summary: 'Name and version · 名称与版本',
    description: 'Name and version of the service, and links. 服务名称、版本与入口链接。',
  })
  @ApiOkResponse({
    description: 'Name, version and links.',
    type: RootDto,
    headers: describeHeaders(),
    example: {
      name: 'llm-gateway',
      version: '1.0.0',
      docs: '/docs',
      ui: '/ui',
      health: '/v1/health',
      needs_api_key: true,
    },
  })
  @Public()
  @Get()
  root(): RootDto {
    return {
      name: NAME,
      version: VERSION,
      ...(this.live.current.server.docs && { docs: '/docs' }),
      ...(this.live.current.server.ui && { ui: '/ui' }),
      health: '/v1/health',
      needs_api_key: this.live.current.auth.enabled,
    };
  }
}
