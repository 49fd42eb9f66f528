import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { BUDGET_PERIODS } from '../../config/auth.config.js';

/** One limit of a key or team as it stands. */
@ApiSchema({ name: 'LimitState' })
export class LimitStateDto {
  /** Of requests and tokens per minute, calls at once, or money. 限额种类。 */
  @ApiProperty({ enum: ['requests', 'tokens', 'concurrency', 'budget'] })
  what: 'requests' | 'tokens' | 'concurrency' | 'budget';
  /** In requests, tokens, calls or US dollars. 限额。 */
  @ApiProperty({ type: Number })
  limit: number;
  /** In the last minute, at this time, or in the period. 已用。 */
  @ApiProperty({ type: Number })
  used: number;
  /** What running calls may still use of a budget. 进行中的调用预留。 */
  @ApiProperty({ type: Number })
  reserved: number;
  /** At least 0. 剩余。 */
  @ApiProperty({ type: Number })
  remaining: number;
  /** Of a budget. 预算周期。 */
  @ApiProperty({ enum: BUDGET_PERIODS })
  per?: string;
  /** Of a budget: such as `2026-11`. 当前周期。 */
  @ApiProperty()
  period?: string;
  /** Of a budget: when the next period begins, in UTC; null for `total`. 下一周期的开始时间。 */
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  resets_at?: string | null;
}

/** Calls that were refused since this process began, by the limit that refused them. */
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
  /** Of the key or team. 密钥或团队名称。 */
  @ApiProperty()
  name: string;
  @ApiProperty({ type: [LimitStateDto] })
  limits: LimitStateDto[];
  @ApiProperty({ type: LimitRefusalsDto })
  refusals: LimitRefusalsDto;
}

/** The limits that hold for the client's key and team; all limits for an admin. */
@ApiSchema({ name: 'LimitList' })
export class LimitListDto {
  object: 'list';
  /** Where limits are counted: in this process, in Redis, or apart while Redis is away. 计数所在。 */
  @ApiProperty({ enum: ['memory', 'shared', 'away'] })
  state: 'memory' | 'shared' | 'away';
  /** With Redis: among how many replicas limits are divided while it is away. 副本数。 */
  @ApiProperty({ type: 'integer' })
  replicas?: number;
  /** Who says so; `assumption`: nobody yet, and this replica takes each limit as a whole. 副本数的来源。 */
  @ApiProperty({ enum: ['redis', 'configuration', 'assumption'] })
  replicas_from?: 'redis' | 'configuration' | 'assumption';
  /** In which days, weeks, months and years begin. 周期所用的时区。 */
  @ApiProperty()
  time_zone: string;
  @ApiProperty({ type: [ScopeLimitsDto] })
  data: ScopeLimitsDto[];
}
