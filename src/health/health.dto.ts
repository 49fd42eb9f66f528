import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { type CacheState } from '../cache/shared-entries.js';
import { type AvailabilityStatus } from '../telemetry/model-availability.js';

/** How many models the configuration has. */
@ApiSchema({ name: 'ModelCounts' })
export class ModelCountsDto {
  @ApiProperty({ type: 'integer' })
  configured: number;
  @ApiProperty({ type: 'integer' })
  enabled: number;
}

/** The process is alive, whatever its upstreams do. */
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
}

/** Whether new calls should be sent here. */
@ApiSchema({ name: 'Readiness' })
export class ReadinessDto {
  @ApiProperty({ enum: ['ready', 'shutting_down'] })
  status: 'ready' | 'shutting_down';
}

/** One model, as real traffic and tests last saw it. */
@ApiSchema({ name: 'ModelHealth' })
export class ModelHealthDto {
  @ApiProperty()
  model: string;
  @ApiProperty()
  type: string;
  /** `unknown` until the first call. 首次调用前为 `unknown`。 */
  @ApiProperty()
  status: AvailabilityStatus;
  /** ISO 8601; null when it never was. */
  @ApiProperty({ format: 'date-time' })
  last_success_at: string | null;
  /** ISO 8601; null when it never was. */
  @ApiProperty({ format: 'date-time' })
  last_failure_at: string | null;
  /** `code` of the last failure. 最近一次失败的原因。 */
  @ApiProperty()
  last_error: string | null;
  /** Seconds that the last successful call took. 最近一次成功调用的耗时（秒）。 */
  @ApiProperty()
  last_response_time: number | null;
}

/** The enabled models that the caller's key may use, with their health. */
@ApiSchema({ name: 'ModelHealthList' })
export class ModelHealthListDto {
  object: 'list';
  /** `shared`: login tokens, with other replicas; `memory`: no Redis, or it is away. 登录 token 是否多副本共享。 */
  @ApiProperty({ enum: ['shared', 'memory'] })
  token_cache: CacheState;
  data: ModelHealthDto[];
}
