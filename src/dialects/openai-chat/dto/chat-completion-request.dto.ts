import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { OPEN } from '../../../protocol/schema-kinds.js';

const OPEN_OBJECT = { type: 'object', additionalProperties: true } as const;

/** One message of a conversation. The gateway checks `role` and leaves the rest to the model's service. */
@ApiSchema({ name: 'ChatMessage', ...OPEN })
export class ChatMessageDto {
  /** `system`, `developer`, `user`, `assistant` or `tool`. */
  @ApiProperty()
  role: string;
  /** Text, or a list of parts: text, images, audio. Null with `tool_calls`. */
  @ApiProperty({
    type: undefined,
    anyOf: [
      { type: 'string', nullable: true },
      { type: 'array', items: OPEN_OBJECT },
    ],
  })
  content?: string | readonly object[] | null;
  /** Distinguishes participants of the same role. */
  @ApiProperty()
  name?: string;
  /** In an assistant message: the tool calls that it made. */
  @ApiProperty({ type: 'array', items: OPEN_OBJECT })
  tool_calls?: readonly object[];
  /** In a tool message: the tool call to which it responds. */
  @ApiProperty()
  tool_call_id?: string;
}

/**
 * The body of `POST /v1/chat/completions`. The gateway reads `model`, `messages`, `stream`, `max_tokens` and
 * `max_completion_tokens`; every other field, listed here or not, reaches the model's service unchanged. Wire
 * format: https://platform.openai.com/docs/api-reference/chat/create
 */
@ApiSchema({ name: 'ChatCompletionRequest', ...OPEN })
export class ChatCompletionRequestDto {
  /** A name from `GET /v1/models`. 模型名称。 */
  @ApiProperty({ minLength: 1, example: 'gpt-3.5-turbo' })
  model: string;
  /** The conversation so far. 对话消息。 */
  @ApiProperty({ minItems: 1 })
  messages: ChatMessageDto[];
  /** True: server-sent events as the model writes. 是否流式返回。 */
  @ApiProperty()
  stream?: boolean | null;
  /** `include_usage: true` adds a last chunk with the token counts. */
  @ApiProperty(OPEN_OBJECT)
  stream_options?: object | null;
  /** Limit of new tokens. If it is absent, the model's configured default applies. 最大生成长度。 */
  @ApiProperty({ type: 'integer', minimum: 1 })
  max_tokens?: number | null;
  /** The same limit, under the name that reasoning models need. */
  @ApiProperty({ type: 'integer', minimum: 1 })
  max_completion_tokens?: number | null;
  /** 0 to 2: higher is more random. 采样温度。 */
  @ApiProperty()
  temperature?: number | null;
  /** 0 to 1: only the most likely tokens with this total probability are considered. */
  @ApiProperty()
  top_p?: number | null;
  /** How many choices to generate. */
  @ApiProperty({ type: 'integer' })
  n?: number | null;
  /** Texts at which to stop. */
  @ApiProperty({
    type: undefined,
    anyOf: [
      { type: 'string', nullable: true },
      { type: 'array', items: { type: 'string' } },
    ],
  })
  stop?: string | readonly string[] | null;
  /** -2 to 2: positive values penalise tokens that have occurred. */
  @ApiProperty()
  presence_penalty?: number | null;
  /** -2 to 2: positive values penalise tokens by how often they have occurred. */
  @ApiProperty()
  frequency_penalty?: number | null;
  /** Token ids and how much to favour each. */
  @ApiProperty(OPEN_OBJECT)
  logit_bias?: object | null;
  /** Whether to return log probabilities. */
  @ApiProperty()
  logprobs?: boolean | null;
  /** How many of the most likely tokens to return at each position. */
  @ApiProperty({ type: 'integer' })
  top_logprobs?: number | null;
  /** For repeatable replies. */
  @ApiProperty({ type: 'integer' })
  seed?: number | null;
  /** Functions that the model may call. 工具列表。 */
  @ApiProperty({ type: 'array', items: OPEN_OBJECT })
  tools?: readonly object[];
  /** `none`, `auto`, `required`, or one function by name. */
  @ApiProperty({ type: undefined, anyOf: [{ type: 'string' }, OPEN_OBJECT] })
  tool_choice?: string | object;
  @ApiProperty()
  parallel_tool_calls?: boolean;
  /** `{"type": "json_object"}` or `{"type": "json_schema", …}`. 返回格式。 */
  @ApiProperty(OPEN_OBJECT)
  response_format?: object;
  /** How long a reasoning model may think: `low`, `medium`, `high`, … */
  @ApiProperty()
  reasoning_effort?: string | null;
  /** Kinds of output, such as `["text", "audio"]`. */
  @ApiProperty()
  modalities?: string[] | null;
  /** Voice and format of spoken output. */
  @ApiProperty(OPEN_OBJECT)
  audio?: object | null;
  @ApiProperty()
  service_tier?: string | null;
  @ApiProperty()
  store?: boolean | null;
  @ApiProperty(OPEN_OBJECT)
  metadata?: object | null;
  /** The end user for whom the call is made. */
  @ApiProperty()
  user?: string;
}
