import { IsOptional, IsString, MaxLength } from 'class-validator';

/** One model, as `GET /v1/models` lists it. */
export class ModelDto {
  /** What to put into `model`. */
  id: string;
  object: 'model';
  /** Unix time in seconds; the same on every call and every replica. */
  created: number;
  owned_by: string;
  /** How the gateway reaches it. */
  type: string;
  /** Default limit of new tokens, where one is configured. */
  max_tokens?: number;
}

/** The enabled models that the caller's key may use. */
export class ModelListDto {
  object: 'list';
  data: ModelDto[];
}

/** What a model test may be told: no address and no credential. */
export class ModelTestRequestDto {
  /** What to say to the model. Default: 你好 */
  @IsOptional()
  @IsString()
  @MaxLength(10_000)
  test_message?: string;
}

/** Why a call failed. */
export class ErrorDto {
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

/** How a model test went. HTTP 200 for both outcomes. */
export class ModelTestResult {
  model: string;
  status: 'available' | 'unavailable';
  /** Seconds from the start of the call to its end. */
  response_time: number;
  test_message: string;
  /** The model's words; present when it is available. */
  response?: string;
  /** Present when it is not. */
  error?: ErrorDto;
}
