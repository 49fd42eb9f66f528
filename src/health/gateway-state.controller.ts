import { Controller, Get, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type AuthenticatedRequest } from '../auth/api-key.guard.js';
import { RunningCalls } from '../calls/running-calls.js';
import { ModelRegistry } from '../catalog/model-registry.js';
import { LiveConfig } from '../config/live-config.js';
import { ApiKeyRequired } from '../docs/api-key-security.js';
import { FailedRequests } from '../telemetry/failed-requests.js';
import { ApiGatewayState } from './gateway-state.docs.js';
import { type GatewayActivityDto } from './gateway-state.dto.js';
import { configOf, failedOf, runningOf } from './gateway-state.js';

const MOST_RUNNING = 100;

/** Shows the running calls, the recent failures and the configuration in use. */
@ApiTags('health')
@ApiKeyRequired()
@Controller('v1/health/gateway')
export class GatewayStateController {
  constructor(
    private readonly live: LiveConfig,
    private readonly models: ModelRegistry,
    private readonly calls: RunningCalls,
    private readonly failed: FailedRequests,
  ) {}

  @ApiGatewayState()
  @Get()
  state(@Req() { apiClient: client, url }: AuthenticatedRequest): GatewayActivityDto {
    const model = new URLSearchParams(url.split('?', 2)[1]).get('model');
    const isVisible = (name: string | undefined): boolean => client.isAdmin === true || name === client.name;
    const running = this.calls
      .list()
      .map(runningOf)
      .filter(({ client: name }) => isVisible(name ?? undefined))
      .sort((a, b) => b.seconds - a.seconds);
    const failures = this.failed.newest(
      (failure) => isVisible(failure.client) && (model === null || failure.model === model),
    );
    return {
      object: 'gateway',
      scope: client.isAdmin === true ? 'all' : 'own',
      running_calls: running.length,
      running: running.slice(0, MOST_RUNNING),
      failures: failures.map((failure) => failedOf(failure, client.isOperator)),
      ...(client.isOperator && { config: configOf(this.live, this.models.enabledCount) }),
    };
  }
}
