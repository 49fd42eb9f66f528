import 'reflect-metadata';
import { IsOptional } from 'class-validator';
import { Flag, OneOf } from '../../../config/config-rules.js';
import { Jsonata, JsonataOrMapping } from '../jsonata.rule.js';

/** Where an answer, or an event of a stream, holds what; JSONata expressions all. */
export abstract class AnswerMappingConfig {
  @IsOptional() @Jsonata() text?: string;
  /** What the model thought before it spoke: `reasoning_content`. */
  @IsOptional() @Jsonata() reasoning?: string;
  /** A list of calls, OpenAI's or `{name, arguments}`. */
  @IsOptional() @Jsonata() tool_calls?: string;
  /** One of OpenAI's words. Default: `tool_calls` where there are some, `stop` otherwise. */
  @IsOptional() @Jsonata() finish_reason?: string;
  /** An object with `prompt_tokens` and `completion_tokens`, or one expression for each. Default: counted here. */
  @IsOptional() @JsonataOrMapping() usage?: string | Record<string, string>;
  @IsOptional() @Jsonata() id?: string;
  /** Anything but nothing, `false`, 0 and `""` is a failed call; a text or an object with a `message`. */
  @IsOptional() @Jsonata() error?: string;
  /** The HTTP status that such an error deserved, so that the caller's fault is told from the service's. */
  @IsOptional() @Jsonata() error_status?: string;
}

/** `response:`, how a plain answer is read; `text` is a must. */
export class ResponseMappingConfig extends AnswerMappingConfig {}

const STREAM_FORMATS = ['sse', 'ndjson', 'text'] as const;
export type StreamFormat = (typeof STREAM_FORMATS)[number];

/** `stream:`, how a stream is read, event by event. */
export class StreamMappingConfig extends AnswerMappingConfig {
  @OneOf(STREAM_FORMATS) format: StreamFormat = 'sse';
  /** True for the event that ends the stream; default: the end of the body, or `[DONE]`. */
  @IsOptional() @Jsonata() done?: string;
  /** Events repeat the whole text so far instead of adding to it. */
  @Flag() whole_text: boolean = false;
}

/** Every field of these blocks that is an expression. */
export const ANSWER_FIELDS = [
  'text',
  'reasoning',
  'tool_calls',
  'finish_reason',
  'id',
  'error',
  'error_status',
] as const;
