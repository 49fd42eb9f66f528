import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Response } from 'express';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { Public } from '../auth/public.decorator.js';
import { SharedEntries } from '../cache/shared-entries.js';
import { ApiKeyRequired } from '../docs/api-key-security.js';
import { Drain } from '../http/drain.js';
import { ModelRegistry } from '../models/model-registry.js';
import { ModelAvailability } from '../telemetry/model-availability.js';
import { VERSION } from '../version.js';
import { ApiLiveness, ApiModelHealth, ApiReadiness } from './health.docs.js';
import { type LivenessDto, type ModelHealthListDto, type ReadinessDto } from './health.dto.js';

/** Three questions kept apart: is the process alive, should it get calls, and how do its models do. */
@ApiTags('health')
@Controller('v1/health')
export class HealthController {
  constructor(
    private readonly models: ModelRegistry,
    private readonly drain: Drain,
    private readonly availability: ModelAvailability,
    private readonly shared: SharedEntries,
  ) {}

  @ApiLiveness()
  @Public()
  @Get()
  liveness(): LivenessDto {
    return {
      status: 'ok',
      version: VERSION,
      uptime_seconds: Math.round(process.uptime()),
      models: { configured: this.models.configuredCount, enabled: this.models.enabledCount },
    };
  }

  @ApiReadiness()
  @Public()
  @Get('ready')
  readiness(@Res({ passthrough: true }) res: Response): ReadinessDto {
    if (this.drain.phase === 'serving') return { status: 'ready' };
    res.status(503);
    return { status: 'shutting_down' };
  }

  @ApiKeyRequired()
  @ApiModelHealth()
  @Get('models')
  modelHealth(@Req() { client }: AuthenticatedRequest): ModelHealthListDto {
    const visible = [...this.models.list()].filter((model) => client.mayUse(model.name));
    return {
      object: 'list',
      token_cache: this.shared.state,
      data: visible.map(({ name, config }) => {
        const seen = this.availability.of(name);
        return {
          model: name,
          type: config.type,
          status: seen.status,
          last_success_at: toIso(seen.lastSuccessAtMs),
          last_failure_at: toIso(seen.lastFailureAtMs),
          last_error: seen.lastError ?? null,
          last_response_time:
            seen.lastResponseTimeMs === undefined ? null : Math.round(seen.lastResponseTimeMs) / 1000,
        };
      }),
    };
  }
}

function toIso(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : new Date(epochMs).toISOString();
}
