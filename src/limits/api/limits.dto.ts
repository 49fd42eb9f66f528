import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { BUDGET_PERIODS } from '../../config/auth.config.js';

/** The current state of one limit of a key or team. */
@ApiSchema({ name: 'LimitState' })
export class LimitStateDto {
  /** Requests or tokens per minute, concurrent calls, or money. 限额种类。 */
  @ApiProperty({ enum: ['requests', 'tokens', 'concurrency', 'budget'] })
  what: 'requests' | 'tokens' | 'concurrency' | 'budget';
  /** In requests, tokens, calls or US dollars. 限额。 */
  @ApiProperty({ type: Number })
  limit: number;
  /** Use in the last minute, at this moment, or in the period. 已用。 */
  @ApiProperty({ type: Number })
  used: number;
  /** The part of a budget that is reserved by running calls. 进行中的调用预留。 */
  @ApiProperty({ type: Number })
  reserved: number;
  /** At least 0. 剩余。 */
  @ApiProperty({ type: Number })
  remaining: number;
  /** The period of a budget. 预算周期。 */
  @ApiProperty({ enum: BUDGET_PERIODS })
  per?: string;
  /** The current period of a budget, such as `2026-11`. 当前周期。 */
  @ApiProperty()
  period?: string;
  /** When the next period of a budget begins, in UTC; null for `total`. 下一周期的开始时间。 */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  resets_at?: string | null;
}

/** Number of refused calls since this process started, by the limit that refused them. */
@ApiSchema({ name: 'LimitRefusals' })
export class LimitRefusalsDto {
  @ApiProperty({ type: 'integer' })
  requests: number;
  @ApiProperty({ type: 'integer' })
  tokens: number;
  @ApiProperty({ type: 'integer' })
  concurrency: number;
  @ApiProperty({ type: 'integer' })
  budget: number;
}

/** The limits of a key or team. */
@ApiSchema({ name: 'ScopeLimits' })
export class ScopeLimitsDto {
  @ApiProperty({ enum: ['key', 'team'] })
  scope: 'key' | 'team';
  /** Name of the key or team. 密钥或团队名称。 */
  @ApiProperty()
  name: string;
  @ApiProperty({ type: [LimitStateDto] })
  limits: LimitStateDto[];
  @ApiProperty({ type: LimitRefusalsDto })
  refusals: LimitRefusalsDto;
}

/** The limits that apply to the client's key and team; for an admin, all limits. */
@ApiSchema({ name: 'LimitList' })
export class LimitListDto {
  object: 'list';
  /**
   * Where limits are counted: in this process, in Redis, or separately while Redis is unavailable.
   * 计数所在。
   */
  @ApiProperty({ enum: ['memory', 'shared', 'away'] })
  state: 'memory' | 'shared' | 'away';
  /**
   * With Redis: the number of replicas among which limits are divided while it is unavailable. 副本数。
   */
  @ApiProperty({ type: 'integer' })
  replicas?: number;
  /**
   * Source of this number; `assumption`: it is unknown, so this replica applies each limit as a
   * whole. 副本数的来源。
   */
  @ApiProperty({ enum: ['redis', 'configuration', 'assumption'] })
  replicas_from?: 'redis' | 'configuration' | 'assumption';
  /** The time zone in which days, weeks, months and years begin. 周期所用的时区。 */
  @ApiProperty()
  time_zone: string;
  @ApiProperty({ type: [ScopeLimitsDto] })
  data: ScopeLimitsDto[];
}
