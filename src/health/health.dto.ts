import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { type CacheState } from '../cache/shared-entries.js';
import { MODEL_STATES, type ModelState } from '../telemetry/availability/model-state.js';
import { type ModelHealthDto } from './model-health.dto.js';

/** Number of configured models. */
@ApiSchema({ name: 'ModelCounts' })
export class ModelCountsDto {
  @ApiProperty({ type: 'integer' })
  configured: number;
  @ApiProperty({ type: 'integer' })
  enabled: number;
}

/** The configuration in force. */
@ApiSchema({ name: 'ConfigState' })
export class ConfigStateDto {
  /** 1 at startup, incremented by each reload. 启动时为 1，每次热更新加一。 */
  @ApiProperty({ type: 'integer' })
  generation: number;
  /** Seconds since it took effect. 当前配置已生效的秒数。 */
  @ApiProperty({ type: 'integer' })
  age_seconds: number;
}

/** The process is alive, independent of its upstreams. */
@ApiSchema({ name: 'Liveness' })
export class LivenessDto {
  @ApiProperty()
  status: 'ok';
  @ApiProperty()
  version: string;
  @ApiProperty({ type: 'integer' })
  uptime_seconds: number;
  @ApiProperty()
  models: ModelCountsDto;
  @ApiProperty()
  config: ConfigStateDto;
}

/** Whether new calls should be sent here. */
@ApiSchema({ name: 'Readiness' })
export class ReadinessDto {
  @ApiProperty({ enum: ['ready', 'shutting_down'] })
  status: 'ready' | 'shutting_down';
}

/** The process that responds. */
@ApiSchema({ name: 'GatewayState' })
export class GatewayStateDto {
  @ApiProperty({ enum: ['ready', 'shutting_down'] })
  status: 'ready' | 'shutting_down';
  @ApiProperty()
  version: string;
  @ApiProperty({ type: 'integer' })
  uptime_seconds: number;
}

/** The enabled models that the client's key may use, with their health. */
@ApiSchema({ name: 'ModelHealthList' })
export class ModelHealthListDto {
  object: 'list';
  /** `shared`: access tokens are shared with other replicas; `memory`: no Redis, or it is unreachable. 登录令牌是否多副本共享。 */
  @ApiProperty({ enum: ['shared', 'memory'] })
  token_cache: CacheState;
  gateway: GatewayStateDto;
  data: ModelHealthDto[];
}

/** One model's last sixty minutes, one number per minute, oldest first. Durations in seconds, null without calls. */
@ApiSchema({ name: 'ModelSeries' })
export class ModelSeriesDto {
  @ApiProperty()
  model: string;
  @ApiProperty({ type: 'integer', isArray: true })
  requests: number[];
  @ApiProperty({ type: 'integer', isArray: true })
  errors: number[];
  @ApiProperty({ type: 'array', items: { type: 'number', nullable: true } })
  p50_seconds: (number | null)[];
  @ApiProperty({ type: 'array', items: { type: 'number', nullable: true } })
  p95_seconds: (number | null)[];
  @ApiProperty({ type: 'array', items: { type: 'number', nullable: true } })
  first_token_p50_seconds: (number | null)[];
}

/** A change of a model's state. */
@ApiSchema({ name: 'StateChange' })
export class StateChangeDto {
  @ApiProperty({ format: 'date-time' })
  at: string;
  @ApiProperty()
  model: string;
  @ApiProperty({ enum: MODEL_STATES })
  from: ModelState;
  @ApiProperty({ enum: MODEL_STATES })
  to: ModelState;
  /** `code` of the failure; null for an improvement. 原因；状态好转时为 null。 */
  @ApiProperty()
  reason: string | null;
}

/** The last hour of the models that the client's key may use. */
@ApiSchema({ name: 'ModelHistory' })
export class ModelHistoryDto {
  object: 'list';
  /** Start of the newest minute of the series, which is still running. 最新一分钟的起点。 */
  @ApiProperty({ format: 'date-time' })
  newest_minute: string;
  data: ModelSeriesDto[];
  /** Newest first; at most 200 for all models. 状态变化，最新在前。 */
  changes: StateChangeDto[];
}
