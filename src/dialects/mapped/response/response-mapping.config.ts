import 'reflect-metadata';
import { IsOptional } from 'class-validator';
import { Flag, OneOf } from '../../../config/rules/config-rules.js';
import { Jsonata, JsonataOrMapping } from '../jsonata.rule.js';

/** Where a response, or an event of a stream, holds its parts; all of them JSONata expressions. */
export abstract class AnswerMappingConfig {
  /** The text of the reply; in a stream, of each event. */
  @IsOptional() @Jsonata() text?: string;
  /** The model's reasoning before its reply: `reasoning_content`. */
  @IsOptional() @Jsonata() reasoning?: string;
  /** A list of calls, OpenAI's or `{name, arguments}`. */
  @IsOptional() @Jsonata() tool_calls?: string;
  /** One of OpenAI's values. Default: `tool_calls` if there are any, otherwise `stop`. */
  @IsOptional() @Jsonata() finish_reason?: string;
  /**
   * An object with `prompt_tokens` and `completion_tokens`, or one expression for each. Default: counted by
   * the gateway.
   */
  @IsOptional() @JsonataOrMapping() usage?: string | Record<string, string>;
  /** The id of the response; default: one that the gateway makes. */
  @IsOptional() @Jsonata() id?: string;
  /**
   * The call failed if this finds anything but nothing, `false`, 0 and `""`; a text or an object with a
   * `message`.
   */
  @IsOptional() @Jsonata() error?: string;
  /** The HTTP status that fits such an error, so that the client's errors are distinguished from the service's. */
  @IsOptional() @Jsonata() error_status?: string;
}

/** `response:`, how a plain response is read; `text` is required. */
export class ResponseMappingConfig extends AnswerMappingConfig {}

const STREAM_FORMATS = ['sse', 'ndjson', 'text'] as const;
export type StreamFormat = (typeof STREAM_FORMATS)[number];

/** `stream:`, how a stream is read, event by event. */
export class StreamMappingConfig extends AnswerMappingConfig {
  /** `sse`: server-sent events; `ndjson`: a JSON value on each line; `text`: pieces of plain text. */
  @OneOf(STREAM_FORMATS) format: StreamFormat = 'sse';
  /** True for the event that ends the stream; default: the end of the body, or `[DONE]`. */
  @IsOptional() @Jsonata() done?: string;
  /** Each event repeats the whole text so far. */
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
