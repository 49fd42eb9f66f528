import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { FailureCodesDto } from './model-health.dto.js';

/** A call that is running now. */
@ApiSchema({ name: 'RunningCall' })
export class RunningCallDto {
  @ApiProperty()
  request_id: string;
  /** Name of the API key. 密钥名称。 */
  @ApiProperty()
  client: string | null;
  /** null until the request has been read. */
  @ApiProperty()
  model: string | null;
  /** The deployment that it was sent to last; null before. 最近一次发往的部署实例。 */
  @ApiProperty()
  deployment: string | null;
  @ApiProperty()
  stream: boolean;
  /** Seconds since the request came in. 已进行的时间（秒）。 */
  @ApiProperty()
  seconds: number;
  /** `receiving`: the request; `waiting`: for the service; `responding`: the response has begun. 所处阶段。 */
  @ApiProperty({ enum: ['receiving', 'waiting', 'responding'] })
  phase: 'receiving' | 'waiting' | 'responding';
}

/** An attempt of a failed request. */
@ApiSchema({ name: 'FailedAttempt' })
export class FailedAttemptDto extends FailureCodesDto {
  @ApiProperty()
  model: string;
  @ApiProperty()
  deployment: string;
  /** Absent for keys that may not see it. */
  @ApiProperty()
  host?: string;
}

/** A request that failed. It has no text of prompts and responses. 失败的请求，不含提示词与回复。 */
@ApiSchema({ name: 'FailedRequest' })
export class FailedRequestDto {
  @ApiProperty({ format: 'date-time' })
  at: string;
  @ApiProperty()
  request_id: string;
  @ApiProperty()
  method: string;
  @ApiProperty()
  path: string;
  /** Name of the API key; null without a valid one. 密钥名称。 */
  @ApiProperty()
  client: string | null;
  @ApiProperty()
  model: string | null;
  /** The status that the client received. 返回给客户端的状态码。 */
  @ApiProperty({ type: 'integer' })
  status: number;
  /** As in the log; its page is at `/errors/CODE`. 错误码。 */
  @ApiProperty()
  error: string;
  /** The attempts that failed, in order. 失败的各次尝试。 */
  attempts: FailedAttemptDto[];
}

/** A rejected reload. */
@ApiSchema({ name: 'RefusedConfig' })
export class RefusedConfigDto {
  @ApiProperty({ format: 'date-time' })
  at: string;
  /** One line each, as in the log; without values that may be secrets. 逐条问题，不含密钥。 */
  problems: string[];
}

/** The configuration in force. */
@ApiSchema({ name: 'ConfigInForce' })
export class ConfigInForceDto {
  /** null if it was not read from a file. */
  @ApiProperty()
  path: string | null;
  /** The first 16 digits of the SHA-256 of the file. 文件 SHA-256 的前 16 位。 */
  @ApiProperty()
  digest: string | null;
  /** 1 at startup, one more with each reload. */
  @ApiProperty({ type: 'integer' })
  generation: number;
  @ApiProperty({ format: 'date-time' })
  loaded_at: string;
  @ApiProperty({ type: 'integer' })
  models: number;
  /** Changed settings that take effect at the next start. 重启后才生效的设置。 */
  at_next_start: string[];
  /** Whether the file was rejected when it was last read. 最近一次读取的文件是否被拒绝。 */
  @ApiProperty()
  is_refused: boolean;
  /** Newest first, at most twenty. */
  refusals: RefusedConfigDto[];
}

/** The current activity of this process, and its recent failures. */
@ApiSchema({ name: 'GatewayActivity' })
export class GatewayActivityDto {
  object: 'gateway';
  /** `own`: only calls of this key, because it is not an admin's. 非管理员密钥只能看到自己的调用。 */
  @ApiProperty({ enum: ['all', 'own'] })
  scope: 'all' | 'own';
  @ApiProperty({ type: 'integer' })
  running_calls: number;
  /** The longest first; at most 100. 正在进行的调用，时间最长的在前。 */
  running: RunningCallDto[];
  /** Newest first; at most 100, and at most 50 per model. 最近失败的请求。 */
  failures: FailedRequestDto[];
  /** Absent for keys that may not see it. 仅运维密钥可见。 */
  config?: ConfigInForceDto;
}
