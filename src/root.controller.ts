import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Public } from './auth/public.decorator.js';
import { GatewayConfig } from './config/gateway.config.js';
import { NAME, VERSION } from './version.js';

/** What stands at the address itself. */
export class RootDto {
  name: string;
  version: string;
  /** Absent when `server.docs` is false. */
  docs?: string;
  health: string;
}

@ApiTags('health')
@Controller()
export class RootController {
  constructor(private readonly config: GatewayConfig) {}

  @Public()
  @Get()
  root(): RootDto {
    return {
      name: NAME,
      version: VERSION,
      ...(this.config.server.docs && { docs: '/docs' }),
      health: '/v1/health',
    };
  }
}
