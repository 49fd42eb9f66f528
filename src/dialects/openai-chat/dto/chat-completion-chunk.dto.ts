import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { OPEN } from '../../../protocol/schema-kinds.js';

const OPEN_OBJECT = { type: 'object', additionalProperties: true } as const;

/** The part of a choice that one chunk adds. */
@ApiSchema({ name: 'ChatDelta', ...OPEN })
export class ChatDeltaDto {
  @ApiProperty()
  role?: string;
  @ApiProperty()
  content?: string | null;
  /** Pieces of tool calls; `index` tells which call a piece belongs to. */
  @ApiProperty({ type: 'array', items: OPEN_OBJECT })
  tool_calls?: readonly object[];
}

/** The part of a chunk that belongs to one choice. */
@ApiSchema({ name: 'ChunkChoice', ...OPEN })
export class ChunkChoiceDto {
  @ApiProperty({ type: 'integer' })
  index: number;
  @ApiProperty()
  delta: ChatDeltaDto;
  /** Null until the choice is complete. */
  @ApiProperty()
  finish_reason?: string | null;
}

/**
 * The `data:` of each event of a stream; the last event is `data: [DONE]`. Wire format:
 * https://platform.openai.com/docs/api-reference/chat/streaming
 */
@ApiSchema({ name: 'ChatCompletionChunk', ...OPEN })
export class ChatCompletionChunkDto {
  @ApiProperty()
  id: string;
  @ApiProperty()
  object: 'chat.completion.chunk';
  /** Unix time in seconds. */
  @ApiProperty({ type: 'integer' })
  created: number;
  @ApiProperty()
  model: string;
  /** Empty in the chunk that carries `usage`. */
  @ApiProperty()
  choices: ChunkChoiceDto[];
  /** The token counts, in the last chunk, if `stream_options.include_usage` asked for it. */
  @ApiProperty(OPEN_OBJECT)
  usage?: object | null;
}
