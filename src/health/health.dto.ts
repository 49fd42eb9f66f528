import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { type CacheState } from '../cache/shared-entries.js';
import { CHECK_KINDS, type CheckKind } from '../telemetry/availability/check-result.js';
import { MODEL_STATES, type ModelState } from '../telemetry/availability/model-state.js';
import { type AvailabilityStatus } from '../telemetry/availability/model-watch.js';
import { type BreakerState } from '../routing/breaker/circuit-breaker.js';

/** How many models the configuration has. */
@ApiSchema({ name: 'ModelCounts' })
export class ModelCountsDto {
  @ApiProperty({ type: 'integer' })
  configured: number;
  @ApiProperty({ type: 'integer' })
  enabled: number;
}

/** Which configuration is in force. */
@ApiSchema({ name: 'ConfigState' })
export class ConfigStateDto {
  /** 1 since the start, one more with each change that was taken over. 启动时为 1，每次热更新加一。 */
  @ApiProperty({ type: 'integer' })
  generation: number;
  /** Since it took effect. 当前配置已生效的秒数。 */
  @ApiProperty({ type: 'integer' })
  age_seconds: number;
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
  @ApiProperty()
  config: ConfigStateDto;
}

/** Whether new calls should be sent here. */
@ApiSchema({ name: 'Readiness' })
export class ReadinessDto {
  @ApiProperty({ enum: ['ready', 'shutting_down'] })
  status: 'ready' | 'shutting_down';
}

/** The calls of some minutes. Times are seconds, of calls that succeeded; null without any. 耗时单位：秒。 */
@ApiSchema({ name: 'CallFigures' })
export class CallFiguresDto {
  /** What callers did wrong, or left, is not among them. 不含调用方自身的错误与中途离开。 */
  @ApiProperty({ type: 'integer' })
  requests: number;
  @ApiProperty({ type: 'integer' })
  errors: number;
  /** 0 to 1; null without calls. 成功率。 */
  @ApiProperty()
  success_rate: number | null;
  /** Half of the calls took less than this. */
  @ApiProperty()
  p50_seconds: number | null;
  @ApiProperty()
  p95_seconds: number | null;
  /** Streams: until the first event with an answer. 流式首个 token。 */
  @ApiProperty()
  first_token_p50_seconds: number | null;
  @ApiProperty()
  first_token_p95_seconds: number | null;
}

/** The token that a login hands out; never the token itself. */
@ApiSchema({ name: 'TokenState' })
export class TokenStateDto {
  /** ISO 8601; null when there is no valid token now. 有效期至。 */
  @ApiProperty({ format: 'date-time' })
  valid_until: string | null;
  /** How often a token has followed another since the start. 续期次数。 */
  @ApiProperty({ type: 'integer' })
  renewals: number;
  @ApiProperty({ format: 'date-time' })
  last_login_at: string | null;
  @ApiProperty({ format: 'date-time' })
  last_login_failure_at: string | null;
  /** `refused`: the service said no; `failed`: it was away or broken. 登录被拒绝，或服务不可达。 */
  @ApiProperty({ enum: ['refused', 'failed', null] })
  last_login_failure: 'refused' | 'failed' | null;
  /** Until then nobody logs in again. 在此之前不再尝试登录。 */
  @ApiProperty({ format: 'date-time' })
  paused_until: string | null;
}

/** The newest check in the background. */
@ApiSchema({ name: 'ProbeResult' })
export class ProbeResultDto {
  @ApiProperty({ enum: CHECK_KINDS })
  kind: CheckKind;
  @ApiProperty({ format: 'date-time' })
  at: string;
  @ApiProperty()
  ok: boolean;
  @ApiProperty()
  seconds: number;
  /** Code of the failure. */
  @ApiProperty()
  error: string | null;
}

/** One of the upstreams behind a model. */
@ApiSchema({ name: 'DeploymentHealth' })
export class DeploymentHealthDto {
  @ApiProperty()
  name: string;
  /** `open`: it failed too often and gets no calls for a while; `half_open`: one call may try. 熔断器状态。 */
  @ApiProperty({ enum: ['closed', 'half_open', 'open'] })
  breaker: BreakerState;
  /** Seconds until an open breaker lets one call try; 0 otherwise. */
  @ApiProperty({ type: 'integer' })
  retry_in: number;
  /** Keys whose own requests failed too often, so that they wait, while others may call. 因自身请求失败过多而被暂停的密钥数。 */
  @ApiProperty({ type: 'integer' })
  closed_to_keys: number;
  /** `code` of its last failure. 最近一次失败的原因。 */
  @ApiProperty()
  last_error: string | null;
  /** Calls that run there now. 正在进行的调用数。 */
  @ApiProperty({ type: 'integer' })
  running: number;
}

/** One model, as real traffic, tests and probes last saw it. */
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
  /** In one word. `slow`: it answers, but keeps callers waiting. 当前状态。 */
  @ApiProperty({ enum: MODEL_STATES })
  state: ModelState;
  /** Since when it is in this state. */
  @ApiProperty({ format: 'date-time' })
  since: string;
  /** `code` of the failure behind the state; null when nothing is wrong. 处于该状态的原因。 */
  @ApiProperty()
  reason: string | null;
  last_5_minutes: CallFiguresDto;
  last_60_minutes: CallFiguresDto;
  /** One, where the model has no `deployments`. 各部署的状态。 */
  deployments: DeploymentHealthDto[];
  /** Absent where no login is used. 登录 token 的状态。 */
  token?: TokenStateDto;
  /** Absent until the first one. 最近一次后台探测。 */
  probe?: ProbeResultDto;
}

/** The process that answers. */
@ApiSchema({ name: 'GatewayState' })
export class GatewayStateDto {
  @ApiProperty({ enum: ['ready', 'shutting_down'] })
  status: 'ready' | 'shutting_down';
  @ApiProperty()
  version: string;
  @ApiProperty({ type: 'integer' })
  uptime_seconds: number;
}

/** The enabled models that the caller's key may use, with their health. */
@ApiSchema({ name: 'ModelHealthList' })
export class ModelHealthListDto {
  object: 'list';
  /** `shared`: login tokens, with other replicas; `memory`: no Redis, or it is away. 登录 token 是否多副本共享。 */
  @ApiProperty({ enum: ['shared', 'memory'] })
  token_cache: CacheState;
  gateway: GatewayStateDto;
  data: ModelHealthDto[];
}

/** One model's last sixty minutes: a number for each, the oldest first. Times are seconds, null without calls. */
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

/** A model went from one state to another. */
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
  /** Why; null for a change for the better. 原因。 */
  @ApiProperty()
  reason: string | null;
}

/** What the models of the caller's key did within the last hour. */
@ApiSchema({ name: 'ModelHistory' })
export class ModelHistoryDto {
  object: 'list';
  /** When the newest minute of the series began; it is still going on. 最新一分钟的起点。 */
  @ApiProperty({ format: 'date-time' })
  newest_minute: string;
  data: ModelSeriesDto[];
  /** Newest first, 200 of all models at most. 状态变化，最新在前。 */
  changes: StateChangeDto[];
}
