import { type DeploymentCondition, DEPLOYMENT_CONDITIONS } from '../routing/deployment/deployment-state.js';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { CHECK_KINDS, type CheckKind } from '../telemetry/availability/check-result.js';
import { MODEL_STATES, type ModelState } from '../telemetry/availability/model-state.js';
import { type AvailabilityStatus } from '../telemetry/availability/model-watch.js';
import { type BreakerState } from '../routing/breaker/circuit-breaker.js';

/** Calls of a period. Durations in seconds, of successful calls; null without any. 耗时单位：秒，只统计成功的调用。 */
@ApiSchema({ name: 'CallFigures' })
export class CallFiguresDto {
  /** Excludes the clients' own errors and disconnects. 不含客户端自身的错误与中途断开。 */
  @ApiProperty({ type: 'integer' })
  requests: number;
  @ApiProperty({ type: 'integer' })
  errors: number;
  /** 0 to 1; null without calls. 成功率。 */
  @ApiProperty()
  success_rate: number | null;
  /** Median duration. 耗时中位数。 */
  @ApiProperty()
  p50_seconds: number | null;
  @ApiProperty()
  p95_seconds: number | null;
  /** Streams: time until the first event with content. 流式调用的首 token 时间。 */
  @ApiProperty()
  first_token_p50_seconds: number | null;
  @ApiProperty()
  first_token_p95_seconds: number | null;
}

/** State of the access token from a login, without the token. */
@ApiSchema({ name: 'TokenState' })
export class TokenStateDto {
  /** ISO 8601; null when there is no valid token now. 有效期至。 */
  @ApiProperty({ format: 'date-time' })
  valid_until: string | null;
  /** Renewals since startup. 启动以来的续期次数。 */
  @ApiProperty({ type: 'integer' })
  renewals: number;
  @ApiProperty({ format: 'date-time' })
  last_login_at: string | null;
  @ApiProperty({ format: 'date-time' })
  last_login_failure_at: string | null;
  /** `refused`: the service rejected the login; `failed`: it was unreachable or broken. 登录被拒绝，或服务不可达、出现故障。 */
  @ApiProperty({ enum: ['refused', 'failed', null] })
  last_login_failure: 'refused' | 'failed' | null;
  /** No login is attempted before this time. 在此之前不再尝试登录。 */
  @ApiProperty({ format: 'date-time' })
  paused_until: string | null;
}

/** The latest background probe. */
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
  /** Code of the failure. 失败原因。 */
  @ApiProperty()
  error: string | null;
}

/** Why a call to a deployment failed, in codes only. 失败原因，只含错误码。 */
@ApiSchema({ name: 'FailureCodes' })
export class FailureCodesDto {
  /** `code` of the failure; its page is at `/errors/CODE`. 错误码。 */
  @ApiProperty()
  error: string;
  @ApiProperty({ type: 'integer' })
  upstream_status?: number;
  /** `error.code` of the service. 上游服务的错误码。 */
  @ApiProperty()
  upstream_code?: string;
  /** `error.type` of the service. */
  @ApiProperty()
  upstream_type?: string;
  /** Code of the network failure, such as `ECONNREFUSED`. 网络错误码。 */
  @ApiProperty()
  cause?: string;
}

/** The last failure of a deployment. 最近一次失败。 */
@ApiSchema({ name: 'DeploymentFailure' })
export class DeploymentFailureDto extends FailureCodesDto {
  @ApiProperty({ format: 'date-time' })
  at: string;
}

/** A deployment's share of its model's calls. 部署实例分担的调用。 */
@ApiSchema({ name: 'DeploymentFigures' })
export class DeploymentFiguresDto {
  @ApiProperty({ type: 'integer' })
  requests: number;
  @ApiProperty({ type: 'integer' })
  errors: number;
  /** 0 to 1; null without calls. 占该模型调用的比例。 */
  @ApiProperty()
  share: number | null;
}

/** One of the upstreams behind a model. */
@ApiSchema({ name: 'DeploymentHealth' })
export class DeploymentHealthDto {
  @ApiProperty()
  name: string;
  /** Host and port of the service; absent for keys that may not see it. 上游地址，仅运维密钥可见。 */
  @ApiProperty()
  host?: string;
  /**
   * `failing`: its breaker is not closed, or it has only failed since its last success. 部署实例的状态。
   */
  @ApiProperty({ enum: DEPLOYMENT_CONDITIONS })
  state: DeploymentCondition;
  /**
   * `open`: it failed too often and receives no calls for a while; `half_open`: a trial call is
   * allowed. 熔断器状态。
   */
  @ApiProperty({ enum: ['closed', 'half_open', 'open'] })
  breaker: BreakerState;
  /** Seconds until an open breaker allows a half-open trial; 0 otherwise. 距半开试探的秒数。 */
  @ApiProperty({ type: 'integer' })
  retry_in: number;
  /** Keys paused because of their own failed requests, while others may call. 因自身请求失败过多而被暂停的密钥数。 */
  @ApiProperty({ type: 'integer' })
  closed_to_keys: number;
  /** `code` of its last failure. 最近一次失败的原因。 */
  @ApiProperty()
  last_error: string | null;
  /** Absent if none has failed. 尚无失败时不出现。 */
  last_failure?: DeploymentFailureDto;
  /** Calls in progress. 正在进行的调用数。 */
  @ApiProperty({ type: 'integer' })
  running: number;
  /** Absent if it is the only deployment of its model. 仅有一个部署实例时不出现。 */
  last_5_minutes?: DeploymentFiguresDto;
}

/** One model as last seen by real traffic, tests and probes. */
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
  /** Duration of the last successful call in seconds. 最近一次成功调用的耗时（秒）。 */
  @ApiProperty()
  last_response_time: number | null;
  /** Current state. `slow`: works, but with high latency. 当前状态。 */
  @ApiProperty({ enum: MODEL_STATES })
  state: ModelState;
  /** Time of the last state change. 进入该状态的时间。 */
  @ApiProperty({ format: 'date-time' })
  since: string;
  /** `code` of the failure that caused the state; null when nothing is wrong. 处于该状态的原因。 */
  @ApiProperty()
  reason: string | null;
  last_5_minutes: CallFiguresDto;
  last_60_minutes: CallFiguresDto;
  /** Number of failing deployments; the model may still work. 故障的部署实例数；模型仍可能可用。 */
  @ApiProperty({ type: 'integer' })
  failing_deployments: number;
  /** A single entry if the model has no `deployments`. 各部署实例的状态。 */
  deployments: DeploymentHealthDto[];
  /** Absent if the model has no login. 登录令牌的状态。 */
  token?: TokenStateDto;
  /** Absent until the first probe. 最近一次后台探测。 */
  probe?: ProbeResultDto;
}
