import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Response } from 'express';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { Public } from '../auth/public.decorator.js';
import { ApiKeyRequired } from '../docs/api-key-security.js';
import { KeyNotAllowedError } from '../errors/access-errors.js';
import { MetricRegistry } from './metric-registry.js';
import { ApiMetrics, ApiPublicMetrics } from './metrics.docs.js';

/** Metrics for Prometheus, with an API key. */
@ApiTags('health')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly registry: MetricRegistry) {}

  @ApiKeyRequired()
  @ApiMetrics()
  @Get()
  async metrics(@Req() { apiClient }: AuthenticatedRequest, @Res() res: Response): Promise<void> {
    // Metrics cover all models and clients.
    if (apiClient.isRestricted) throw new KeyNotAllowedError();
    await send(this.registry, res);
  }
}

/** Metrics without an API key, for anyone who can reach this port. */
@ApiTags('health')
@Controller('metrics')
export class PublicMetricsController {
  constructor(private readonly registry: MetricRegistry) {}

  @Public()
  @ApiPublicMetrics()
  @Get()
  metrics(@Res() res: Response): Promise<void> {
    return send(this.registry, res);
  }
}

async function send(registry: MetricRegistry, res: Response): Promise<void> {
  const text = await registry.text();
  res.setHeader('content-type', registry.contentType);
  res.end(text);
}
