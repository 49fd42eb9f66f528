import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { BreakerConfig, LimitsConfig, RetryConfig, TimeoutsConfig } from './settings.js';
import { type ConfigReport } from './config-report.js';
import {
  Flag,
  LinearPattern,
  List,
  Mapping,
  OneOf,
  Percent,
  Seconds,
  SecondsFrom,
  Text,
  TextLike,
  TextList,
  WholeNumber,
} from './config-rules.js';

export { type ConfigKey, type ConfigReport } from './config-report.js';

const MAX_TOKENS_FIELDS = ['max_tokens', 'max_completion_tokens'] as const;
const STRATEGIES = ['weighted', 'least_busy'] as const;
const ON_CLIENT_DISCONNECT = ['cancel', 'finish'] as const;

/** What may have to happen before a fallback takes over. */
export const FALLBACK_CAUSES = ['unreachable', 'timeout', '429', '5xx', 'context_length'] as const;

export type FallbackCause = (typeof FALLBACK_CAUSES)[number];

/** Without `on:`. A prompt that is too long is the caller's affair unless the file says otherwise. */
export const DEFAULT_FALLBACK_CAUSES: readonly FallbackCause[] = ['unreachable', 'timeout', '429', '5xx'];

/** Another model that takes over; in the YAML its name, or `{ model, on }`. */
export interface FallbackConfig {
  readonly model: string;
  readonly on: readonly FallbackCause[];
}

/** `live`: real traffic alone tells; the others ask the service, from the cheapest to the truest. */
const PROBE_KINDS = ['live', 'tcp', 'http', 'login', 'models', 'chat'] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

/** How a model is watched when nobody calls it. In the YAML `probe: chat` is short for `probe: { kind: chat }`. */
export class ProbeConfig {
  @OneOf(PROBE_KINDS) kind: ProbeKind;
  @SecondsFrom(0.1) interval_seconds: number = 60;
  /** How far each interval may be off, so that many replicas do not ask at once. */
  @Percent() jitter_percent: number = 20;
  @SecondsFrom(0.1) timeout_seconds: number = 10;
  /** `http`: what is asked for, counted from the host; default: the path of `base_url`. */
  @IsOptional() @TextLike(/^\/[\x21-\x7e]*$/, 'a path that begins with /') path?: string;
  /** `chat`: what is said to the model. */
  @IsOptional() @Text() message?: string;
}

/** TLS towards one model service. Paths are absolute after loading; in the YAML they count from its folder. */
export class TlsConfig {
  /** Certificates to trust, PEM; replaces the system's list. */
  @IsOptional() @Text() ca_file?: string;
  /** Our own certificate, PEM, for services that ask for one; needs `key_file`. */
  @IsOptional() @Text() cert_file?: string;
  @IsOptional() @Text() key_file?: string;
  @Flag() insecure_skip_verify: boolean = false;
  /** No key of the YAML: what the files held when they were read, so that a renewed certificate is a change. */
  files_sha256?: string;
}

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
  /** Names of `headers`, `query`, `settings` and login `fields` whose values errors and the log may show. */
  @IsOptional() @TextList(/\S/, 'names') not_secret?: readonly string[];
  /** Default: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. */
  @IsOptional() @Text('an http:// or https:// address') proxy?: string;
  @IsOptional() @ValidateNested() @Type(() => TlsConfig) tls?: TlsConfig;
  /** After loading all are set: the model's own over the top-level `timeouts:` over the defaults. */
  @IsOptional() @ValidateNested() @Type(() => TimeoutsConfig) timeouts: TimeoutsConfig;
  /** Several upstreams behind this name; empty where the entry itself is the only one. */
  @List('deployments') deployments: readonly DeploymentConfig[] = [];
  /** Who of them gets the next call: in turn, by weight, or the less busy of two. */
  @OneOf(STRATEGIES) strategy: (typeof STRATEGIES)[number] = 'weighted';
  /** Models that take over when this one fails, in this order. */
  @List('model names, or { model, on }') fallbacks: readonly FallbackConfig[] = [];
  /** As `timeouts`: the model's own over the top-level `retry:` over the defaults. */
  @IsOptional() @ValidateNested() @Type(() => RetryConfig) retry: RetryConfig;
  @IsOptional() @ValidateNested() @Type(() => BreakerConfig) breaker: BreakerConfig;
  @IsOptional() @ValidateNested() @Type(() => LimitsConfig) limits: LimitsConfig;
  /** How the service's errors say that a prompt is too long, where the gateway does not know its words. */
  @IsOptional() @LinearPattern() context_length_pattern?: string;
  /** How long the head of a stream is held back for its first chunk, while another attempt is possible. */
  @Seconds() commit_wait_seconds: number = 10;
  /** `finish` reads an answer to its end though its caller has left. */
  @OneOf(ON_CLIENT_DISCONNECT) on_client_disconnect: (typeof ON_CLIENT_DISCONNECT)[number] = 'cancel';

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

/** One of several upstreams behind a model. */
export interface DeploymentConfig {
  readonly name: string;
  /** Its share of the calls; 0 = only when no other can take one. */
  readonly weight: number;
  /** The model's entry with the deployment's own fields over it. */
  readonly config: ModelConfig;
}

/** Every upstream of a model: its deployments, or the entry itself. */
export function upstreamsOf(model: ModelConfig): readonly ModelConfig[] {
  return model.deployments.length === 0 ? [model] : model.deployments.map(({ config }) => config);
}

/** One kind of model service, as the composition root hands it over. */
export interface ModelType {
  /** The YAML word, both of the group and of `type:`. */
  readonly type: string;
  readonly Config: new () => ModelConfig;
}
