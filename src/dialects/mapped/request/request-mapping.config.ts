import 'reflect-metadata';
import { IsOptional } from 'class-validator';
import { Mapping, OneOf, Seconds, Text, TextLike } from '../../../config/config-rules.js';
import { Jsonata } from '../jsonata.rule.js';

const METHODS = ['POST', 'GET'] as const;
const PATH = /^(\/.*)?$/s;

/** What one request of a service's own kind is made of. */
export abstract class CallMappingConfig {
  abstract method: (typeof METHODS)[number];
  /** Below `base_url`; text, with JSONata in braces where something is put in: `/apps/{$settings.app}/chat`. */
  @IsOptional() @TextLike(PATH, 'a path that begins with / (or nothing)') path?: string;
  /** An expression for each; those that find nothing are left out. */
  @Mapping('parameter names to JSONata expressions') query: Record<string, string> = {};
  @Mapping('header names to JSONata expressions') headers: Record<string, string> = {};
  /** An object or a list is sent as JSON, a text as it is. */
  @IsOptional() @Jsonata() body?: string;
  /** Default: `application/json`, or `text/plain` for a text; a form's type has an object sent as a form. */
  @IsOptional() @Text('a media type') content_type?: string;
}

/** `request:`, how a chat call is said. Without `path` and `body` it stays what OpenAI's would be. */
export class RequestMappingConfig extends CallMappingConfig {
  @OneOf(METHODS) method: (typeof METHODS)[number] = 'POST';
}

/** `poll:`, how the result of a job is asked for; expressions see the answer that the job's submission got. */
export class PollConfig extends CallMappingConfig {
  @OneOf(METHODS) method: (typeof METHODS)[number] = 'GET';
  /** True for a poll answer that holds the result, which `response:` then reads. */
  @Jsonata() done: string;
  /** Anything but nothing, `false`, 0 and `""`: the job failed; a text or an object with a `message`. */
  @IsOptional() @Jsonata() failed?: string;
  /** Between two polls. */
  @Seconds() interval_seconds: number = 1;
}
