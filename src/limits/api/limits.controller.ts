import { Controller, Get, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type AuthenticatedRequest } from '../../auth/api-key.guard.js';
import { LiveConfig } from '../../config/live-config.js';
import { ApiKeyRequired } from '../../docs/api-key-security.js';
import { type LimitScope } from '../../auth/limit-scope.js';
import { type LimitUse, type ScopeState, Limiter } from '../limiter.js';
import { ApiLimits } from './limits.docs.js';
import { type LimitListDto, type LimitStateDto, type ScopeLimitsDto } from './limits.dto.js';

const NANO_PER_USD = 1e9;

/** Shows the rest of each limit, from the counters that are enforced. */
@ApiTags('usage')
@ApiKeyRequired()
@Controller('v1/limits')
export class LimitsController {
  constructor(
    private readonly live: LiveConfig,
    private readonly limiter: Limiter,
  ) {}

  @ApiLimits()
  @Get()
  async limits(@Req() { apiClient: client }: AuthenticatedRequest): Promise<LimitListDto> {
    const states = await this.limiter.states();
    const isOwn = ({ kind, name }: LimitScope): boolean =>
      name === (kind === 'key' ? client.name : client.team);
    const visible = client.isAdmin === true ? states : states.filter(({ scope }) => isOwn(scope));
    const { share } = this.limiter;
    return {
      object: 'list',
      state: this.limiter.state,
      ...(share !== undefined && { replicas: share.replicas, replicas_from: share.source }),
      time_zone: this.live.current.auth.time_zone,
      data: visible.map(toDto),
    };
  }
}

function toDto({ scope, limits, refusals }: ScopeState): ScopeLimitsDto {
  return {
    scope: scope.kind,
    name: scope.name,
    limits: limits.map((use) => limitDto(scope, use)),
    refusals: { ...refusals },
  };
}

function limitDto(
  scope: LimitScope,
  { what, limit, used, reserved, remaining, period }: LimitUse,
): LimitStateDto {
  if (what !== 'budget') return { what, limit, used, reserved, remaining };
  const endMs = period?.endMs ?? Infinity;
  return {
    what,
    limit: limit / NANO_PER_USD,
    used: used / NANO_PER_USD,
    reserved: reserved / NANO_PER_USD,
    remaining: remaining / NANO_PER_USD,
    per: scope.limits.budget!.per,
    period: period?.id ?? '',
    resets_at: Number.isFinite(endMs) ? new Date(endMs).toISOString() : null,
  };
}
