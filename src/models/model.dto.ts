import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, MaxLength } from 'class-validator';
import { ErrorDto } from '../protocol/errors/error.dto.js';
import { CLOSED } from '../protocol/schema-kinds.js';

/** One model, as `GET /v1/models` lists it. */
@ApiSchema({ name: 'Model' })
export class ModelDto {
  /** The value of `model` in calls. 调用时使用的名称。 */
  @ApiProperty()
  id: string;
  @ApiProperty()
  object: 'model';
  /** Unix time in seconds; the same on every call and every replica. */
  @ApiProperty({ type: 'integer' })
  created: number;
  @ApiProperty()
  owned_by: string;
  /** How the gateway reaches it: `openai`, or `request` for services with their own login or format. 模型类型。 */
  @ApiProperty()
  type: string;
  /** The wire formats of its service, best first; requests in others are translated where that is possible. 服务支持的接口格式。 */
  @ApiProperty()
  speaks: string[];
  /** Default limit of generated tokens, if configured. 默认最大生成长度。 */
  @ApiProperty({ type: 'integer' })
  max_tokens?: number;
}

/** The enabled models that the client's key may use. */
@ApiSchema({ name: 'ModelList' })
export class ModelListDto {
  object: 'list';
  data: ModelDto[];
}

/** The body of a model test, which can set neither address nor credential. */
@ApiSchema({ name: 'ModelTestRequest', ...CLOSED })
export class ModelTestRequestDto {
  /** The message to send. Default: 你好. 测试消息。 */
  @IsOptional()
  @IsString()
  @MaxLength(10_000)
  @ApiProperty({ type: String, nullable: true })
  test_message?: string | null;

  /**
   * Retries a refused login once although it is backing off; for keys with `admin: true`. Default: false.
   * 登录被拒绝、仍在等待期内时，强制重试一次登录；仅限 `admin: true` 的密钥。
   */
  @IsOptional()
  @IsBoolean()
  @ApiProperty({ type: Boolean, nullable: true })
  force?: boolean | null;
}

/** The result of one of several deployments. */
@ApiSchema({ name: 'DeploymentTestResult' })
export class DeploymentTestResultDto {
  name: string;
  status: 'available' | 'unavailable';
  response_time: number;
  response?: string;
  error?: ErrorDto;
}

/** The result of a model test. HTTP 200 for both outcomes. */
@ApiSchema({ name: 'ModelTestResult' })
export class ModelTestResultDto {
  model: string;
  /** Available if one of its deployments is, as for calls. 任一部署实例可用即为可用。 */
  status: 'available' | 'unavailable';
  /** Duration of the call in seconds. 耗时（秒）。 */
  response_time: number;
  test_message: string;
  /** The tested operation, such as `embeddings`; absent for a chat. 测试的操作，对话时省略。 */
  operation?: string;
  /** The model's response, or a summary of it; present if the model is available. 模型的回复。 */
  response?: string;
  /** Present if the model is not available. 失败原因。 */
  error?: ErrorDto;
  /**
   * For a model with several deployments: the result of each, tested by itself. 有多个部署实例时，逐一测试的结果。
   */
  deployments?: DeploymentTestResultDto[];
}
