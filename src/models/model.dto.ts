import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';
import { ErrorDto } from '../protocol/error.dto.js';
import { CLOSED } from '../protocol/schema-kinds.js';

/** One model, as `GET /v1/models` lists it. */
@ApiSchema({ name: 'Model' })
export class ModelDto {
  /** What to put into `model`. 调用时使用的名称。 */
  @ApiProperty()
  id: string;
  @ApiProperty()
  object: 'model';
  /** Unix time in seconds; the same on every call and every replica. */
  @ApiProperty({ type: 'integer' })
  created: number;
  @ApiProperty()
  owned_by: string;
  /** How the gateway reaches it: `openai`, or `request` for services that want a login first. 模型类型。 */
  @ApiProperty()
  type: string;
  /** Default limit of new tokens, where one is configured. 默认最大生成长度。 */
  @ApiProperty({ type: 'integer' })
  max_tokens?: number;
}

/** The enabled models that the caller's key may use. */
@ApiSchema({ name: 'ModelList' })
export class ModelListDto {
  object: 'list';
  data: ModelDto[];
}

/** What a model test may be told: no address and no credential. */
@ApiSchema({ name: 'ModelTestRequest', ...CLOSED })
export class ModelTestRequestDto {
  /** What to say to the model. Default: 你好. 测试消息。 */
  @IsOptional()
  @IsString()
  @MaxLength(10_000)
  @ApiProperty({ type: String, nullable: true })
  test_message?: string | null;

  /**
   * Tries a login that was refused and is backing off, once; for keys with `admin: true`. Default: false.
   * 登录被拒绝、仍在等待期内时，强制重试一次登录；仅限 `admin: true` 的密钥。
   */
  @IsOptional()
  @IsBoolean()
  @ApiProperty({ type: Boolean, nullable: true })
  force?: boolean | null;
}

/** How a model test went. HTTP 200 for both outcomes. */
@ApiSchema({ name: 'ModelTestResult' })
export class ModelTestResultDto {
  model: string;
  status: 'available' | 'unavailable';
  /** Seconds from the start of the call to its end. 耗时（秒）。 */
  response_time: number;
  test_message: string;
  /** The model's words; present when it is available. 模型的回复。 */
  response?: string;
  /** Present when it is not. 失败原因。 */
  error?: ErrorDto;
}
