import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Response } from 'express';
import { type ApiClient } from '../auth/api-client.js';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { Public } from '../auth/public.decorator.js';
import { SharedEntries } from '../cache/shared-entries.js';
import { LiveConfig } from '../config/live-config.js';
import { ApiKeyRequired } from '../docs/api-key-security.js';
import { Drain } from '../calls/drain.js';
import { ModelRegistry } from '../catalog/model-registry.js';
import { type Model } from '../routing/model.js';
import { ModelAvailability } from '../telemetry/availability/model-availability.js';
import { VERSION } from '../version.js';
import { ApiLiveness, ApiModelHealth, ApiModelHistory, ApiReadiness } from './health.docs.js';
import {
  type LivenessDto,
  type ModelHealthListDto,
  type ModelHistoryDto,
  type ReadinessDto,
} from './health.dto.js';
import { changeOf, healthOf, seriesOf, toIso } from './model-health.js';

/** Separate endpoints for liveness, readiness and the health of the models. */
@ApiTags('health')
@Controller('v1/health')
export class HealthController {
  constructor(
    private readonly live: LiveConfig,
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
      config: { generation: this.live.generation, age_seconds: Math.floor(this.live.ageSeconds) },
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
  modelHealth(@Req() { apiClient: client }: AuthenticatedRequest): ModelHealthListDto {
    return {
      object: 'list',
      token_cache: this.shared.state,
      gateway: {
        status: this.drain.phase === 'serving' ? 'ready' : 'shutting_down',
        version: VERSION,
        uptime_seconds: Math.round(process.uptime()),
      },
      data: this.#visibleTo(client).map((model) =>
        healthOf(model, this.availability.of(model.name), client.isOperator),
      ),
    };
  }

  @ApiKeyRequired()
  @ApiModelHistory()
  @Get('history')
  history(@Req() { apiClient: client }: AuthenticatedRequest): ModelHistoryDto {
    const nowMs = Date.now();
    const models = this.#visibleTo(client);
    const names = new Set(models.map(({ name }) => name));
    return {
      object: 'list',
      newest_minute: toIso(nowMs - (nowMs % 60_000)),
      data: models.map(({ name }) => seriesOf(name, this.availability.of(name).series(nowMs))),
      changes: this.availability.changes.newest((model) => names.has(model)).map(changeOf),
    };
  }

  #visibleTo(client: ApiClient): Model[] {
    return [...this.models.list()].filter(({ name }) => client.mayUse(name));
  }
}
