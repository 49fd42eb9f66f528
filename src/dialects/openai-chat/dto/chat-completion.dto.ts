import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { ToolCallDto } from './tool-call.dto.js';
import { OPEN } from '../../../protocol/schema-kinds.js';

/** The number of tokens that a call used. */
@ApiSchema({ name: 'Usage', ...OPEN })
export class UsageDto {
  @ApiProperty({ type: 'integer' })
  prompt_tokens: number;
  @ApiProperty({ type: 'integer' })
  completion_tokens: number;
  @ApiProperty({ type: 'integer' })
  total_tokens: number;
}

/** The model's message. */
@ApiSchema({ name: 'AssistantMessage', ...OPEN })
export class AssistantMessageDto {
  role: string;
  /** Null if the model calls tools instead. */
  content: string | null;
  tool_calls?: ToolCallDto[];
}

/** One of the choices that `n` asks for. */
@ApiSchema({ name: 'ChatChoice', ...OPEN })
export class ChatChoiceDto {
  @ApiProperty({ type: 'integer' })
  index: number;
  @ApiProperty()
  message: AssistantMessageDto;
  /** `stop`, `length`, `tool_calls`, `content_filter`, … */
  @ApiProperty()
  finish_reason: string | null;
}

/**
 * A complete reply, as the model's service wrote it: it may contain more than is listed here. Wire
 * format: https://platform.openai.com/docs/api-reference/chat/object
 */
@ApiSchema({ name: 'ChatCompletion', ...OPEN })
export class ChatCompletionDto {
  @ApiProperty()
  id: string;
  @ApiProperty()
  object: 'chat.completion';
  /** Unix time in seconds. */
  @ApiProperty({ type: 'integer' })
  created: number;
  /** The name that the model's service uses. */
  @ApiProperty()
  model: string;
  @ApiProperty()
  choices: ChatChoiceDto[];
  @ApiProperty()
  usage?: UsageDto;
}
