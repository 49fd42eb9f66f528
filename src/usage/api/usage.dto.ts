import { ApiProperty, ApiSchema } from '@nestjs/swagger';

/** The usage of one group of calls, or of all calls. */
@ApiSchema({ name: 'UsageFigures' })
export class UsageFiguresDto {
  /** The name of the key; with `group_by=key`. 密钥名称。 */
  @ApiProperty()
  key?: string;
  /** With `group_by=team`; null for keys without a team. 团队。 */
  @ApiProperty({ type: String, nullable: true })
  team?: string | null;
  /** The requested model; with `group_by=model`; null for models that do not exist. 模型。 */
  @ApiProperty({ type: String, nullable: true })
  model?: string | null;
  /** With `group_by=operation`: `chat`, `embeddings` and so on. 操作。 */
  @ApiProperty()
  operation?: string;
  /** The code of the error; with `group_by=error`; null for calls that succeeded. 错误码。 */
  @ApiProperty({ type: String, nullable: true })
  error?: string | null;
  /** `YYYY-MM-DD` in `auth.time_zone`; with `group_by=day`. 日期。 */
  @ApiProperty()
  day?: string;
  @ApiProperty({ type: 'integer' })
  requests: number;
  /** Requests that failed, were refused, or whose client disconnected. 失败的请求数。 */
  @ApiProperty({ type: 'integer' })
  errors: number;
  /** All input tokens. 输入 token 总数。 */
  @ApiProperty({ type: 'integer' })
  prompt_tokens: number;
  /** Of the input tokens, those read from the service's cache. 其中命中缓存的 token。 */
  @ApiProperty({ type: 'integer' })
  cached_tokens: number;
  /** Of the input tokens, those written to the service's cache. 其中写入缓存的 token。 */
  @ApiProperty({ type: 'integer' })
  cache_write_tokens: number;
  /** All output tokens. 输出 token 总数。 */
  @ApiProperty({ type: 'integer' })
  completion_tokens: number;
  /** Of the output tokens, those for reasoning. 其中推理 token。 */
  @ApiProperty({ type: 'integer' })
  reasoning_tokens: number;
  /**
   * Requests whose tokens the gateway counted, because the service reported none. 由网关估算 token 的请求数。
   */
  @ApiProperty({ type: 'integer' })
  estimated_requests: number;
  /** Requests of unknown usage, which all sums omit. 未计入用量的请求数。 */
  @ApiProperty({ type: 'integer' })
  uncounted_requests: number;
  /** Requests of unknown cost, which `cost_usd` omits. 费用未知的请求数。 */
  @ApiProperty({ type: 'integer' })
  unpriced_requests: number;
  /** The sum of the known costs in US dollars; null if none is known. 已知费用之和（美元）。 */
  @ApiProperty({ type: Number, nullable: true })
  cost_usd: number | null;
}

/** The usage of calls, by group. */
@ApiSchema({ name: 'UsageList' })
export class UsageListDto {
  object: 'list';
  data: UsageFiguresDto[];
}
