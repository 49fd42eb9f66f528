import 'reflect-metadata';
import { IsOptional } from 'class-validator';
import { Mapping, OneOf, Seconds, Text, TextLike } from '../../../config/rules/config-rules.js';
import { Jsonata } from '../jsonata.rule.js';

const METHODS = ['POST', 'GET'] as const;
const PATH = /^(\/[^]*)?$/;

/** The parts of a request in a service's own format. */
export abstract class CallMappingConfig {
  abstract method: (typeof METHODS)[number];
  /** Below `base_url`; JSONata in braces is replaced by its value: `/apps/{$settings.app}/chat`. */
  @IsOptional() @TextLike(PATH, 'a path that begins with / (or nothing)') path?: string;
  /** Query parameters, each an expression; one that finds nothing is left out. */
  @Mapping('parameter names to JSONata expressions') query: Record<string, string> = {};
  /** Headers, each an expression; one that finds nothing is left out. */
  @Mapping('header names to JSONata expressions') headers: Record<string, string> = {};
  /** The body; an object or a list is sent as JSON, a text unchanged. */
  @IsOptional() @Jsonata() body?: string;
  /**
   * Default: `application/json`, or `text/plain` for a text; with `application/x-www-form-urlencoded`, an object is
   * sent as a form.
   */
  @IsOptional() @Text('a media type') content_type?: string;
}

/** `request:`, how a chat call is built. Without `path` and `body` they are those of OpenAI's format. */
export class RequestMappingConfig extends CallMappingConfig {
  /** HTTP method of the call. */
  @OneOf(METHODS) method: (typeof METHODS)[number] = 'POST';
}

/** `poll:`, how the result of a job is requested; expressions see the response to the submission. */
export class PollConfig extends CallMappingConfig {
  /** HTTP method of a poll. */
  @OneOf(METHODS) method: (typeof METHODS)[number] = 'GET';
  /** True for the poll response that holds the result, which `response:` then reads. */
  @Jsonata() done: string;
  /** The job failed if this finds anything but nothing, `false`, 0 and `""`; a text or an object with a `message`. */
  @IsOptional() @Jsonata() failed?: string;
  /** Time between two polls; all of them end with `timeouts.total_seconds`. */
  @Seconds() interval_seconds: number = 1;
}
