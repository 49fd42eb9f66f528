import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { type ConfigReport } from './config-report.js';
import { Flag, Mapping, OneOf, Seconds, Text, TextLike, WholeNumber } from './config-rules.js';
import { ProbeConfig } from './probe.config.js';
import { TimeoutsConfig } from './timeouts.config.js';
import { TlsConfig } from './tls.config.js';

export { type ConfigKey, type ConfigReport } from './config-report.js';

const MAX_TOKENS_FIELDS = ['max_tokens', 'max_completion_tokens'] as const;

/** What can be said of a model of any type; a type extends it by its own fields, named as in the YAML. */
export abstract class ModelConfig {
  /** What callers ask for. */
  @TextLike(/^(?=.*\S)\P{Cc}+$/u, 'a name without control characters')
  name: string;
  @Text() type: string;
  /** http(s), or `sandbox:` for the built-in pretend service. */
  @Text('an http:// or https:// address') base_url: string;
  /** What the upstream calls it; default: `name`. */
  @Text() model_name: string;
  /** Added to calls that bring no limit of their own; a default, never a cap. */
  @IsOptional() @WholeNumber(1) max_tokens?: number;
  /** Which of the two spellings the upstream wants. */
  @OneOf(MAX_TOKENS_FIELDS) max_tokens_field: (typeof MAX_TOKENS_FIELDS)[number] = 'max_tokens';
  @Flag() enabled: boolean = true;
  /** Sent with every call to this model: chat, test and login. */
  @Mapping('header names to strings') headers: Record<string, string> = {};
  /** Added to the address of every call to this model, such as Azure's `api-version`. */
  @Mapping('parameter names to strings') query: Record<string, string> = {};
  /** Default: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. */
  @IsOptional() @Text('an http:// or https:// address') proxy?: string;
  @IsOptional() @ValidateNested() @Type(() => TlsConfig) tls?: TlsConfig;
  /** After loading all are set: the model's own over the top-level `timeouts:` over the defaults. */
  @IsOptional() @ValidateNested() @Type(() => TimeoutsConfig) timeouts: TimeoutsConfig;

  /** From how many seconds of waiting on it is called slow; 0: never; default: compared with the hour before. */
  @IsOptional() @Seconds() slow_seconds?: number;

  /** How it is watched when nobody calls it; default: not at all. */
  @IsOptional() @ValidateNested() @Type(() => ProbeConfig) probe?: ProbeConfig;

  /** Whether its token comes from a login. */
  get logsIn(): boolean {
    return false;
  }

  /** The rules of a type that concern several fields. Fields may hold values of a wrong type, reported already. */
  check(_report: ConfigReport): void {}
}

/** One kind of model service, as the composition root hands it over. */
export interface ModelType {
  /** The YAML word, both of the group and of `type:`. */
  readonly type: string;
  readonly Config: new () => ModelConfig;
}
