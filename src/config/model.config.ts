import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { BreakerConfig, LimitsConfig, RetryConfig, TimeoutsConfig } from './settings.js';
import { CacheAnswersConfig } from './cache.config.js';
import { type ConfigReport } from './rules/config-report.js';
import { type GoogleAuthConfig } from './google/google-auth.config.js';
import { PriceConfig } from './price.config.js';
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
} from './rules/config-rules.js';

export { type ConfigKey, type ConfigReport } from './rules/config-report.js';

const MAX_TOKENS_FIELDS = ['max_tokens', 'max_completion_tokens'] as const;
const STRATEGIES = ['weighted', 'least_busy'] as const;
const ON_CLIENT_DISCONNECT = ['cancel', 'finish'] as const;
const STREAM_USAGE = ['auto', 'always', 'never'] as const;

/** Causes for which a fallback may take over. */
export const FALLBACK_CAUSES = ['unreachable', 'timeout', '429', '5xx', 'context_length'] as const;

export type FallbackCause = (typeof FALLBACK_CAUSES)[number];

/**
 * Causes when `on:` is absent. By default, the error for a prompt that is too long is returned to
 * the client.
 */
export const DEFAULT_FALLBACK_CAUSES: readonly FallbackCause[] = ['unreachable', 'timeout', '429', '5xx'];

/** Another model that takes over; in the YAML its name, or `{ model, on }`. */
export interface FallbackConfig {
  readonly model: string;
  readonly on: readonly FallbackCause[];
}

/** `live` relies on real traffic only; the others query the service, from the cheapest to the most reliable. */
const PROBE_KINDS = ['live', 'tcp', 'http', 'login', 'models', 'chat'] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

/** How an idle model is probed. In the YAML, `probe: chat` is short for `probe: { kind: chat }`. */
export class ProbeConfig {
  /**
   * `live`: only real calls count; `tcp`: a connection; `http`: a status below 500, with `path` below 400; `login`: a
   * valid token; `models`: the list of models; `chat`: a chat.
   */
  @OneOf(PROBE_KINDS) kind: ProbeKind;
  /** Time between two probes. */
  @SecondsFrom(0.1) interval_seconds: number = 60;
  /** Random variation of each interval, so that replicas do not probe at the same time. */
  @Percent() jitter_percent: number = 20;
  /** After this long the probe has failed. */
  @SecondsFrom(0.1) timeout_seconds: number = 10;
  /** For `http`: the absolute path to request; default: the path of `base_url`. */
  @IsOptional() @TextLike(/^\/[\x21-\x7e]*$/, 'a path that begins with /') path?: string;
  /** For `chat`: the message sent to the model. */
  @IsOptional() @Text() message?: string;
}

/** TLS settings of a model service; paths are relative to the configuration's folder. */
export class TlsConfig {
  /** Trusted certificates, PEM; replaces the system's list. */
  @IsOptional() @Text() ca_file?: string;
  /** The gateway's client certificate, PEM; requires `key_file`. */
  @IsOptional() @Text() cert_file?: string;
  /** The key of `cert_file`, PEM. */
  @IsOptional() @Text() key_file?: string;
  /** Whether any certificate of the service is accepted: for tests only. */
  @Flag() insecure_skip_verify: boolean = false;
  /** Not a YAML key: a digest of the files' contents, so that a renewed certificate counts as a change. */
  files_sha256?: string;
}

/** Settings common to all model types. A type adds its own fields, named as in the YAML. */
export abstract class ModelConfig {
  /** The name that clients request. */
  @TextLike(/^(?=.*\S)\P{Cc}+$/u, 'a name without control characters')
  name: string;
  /** The same as the group's; it may be left out. */
  @Text() type: string;
  /** The address of the service, or `sandbox:/v1` for the built-in sandbox. On the model, or on each deployment. */
  @Text('an http:// or https:// address') base_url: string;
  /** The model's name at the upstream; default: `name`. */
  @Text() model_name: string;
  /** Limit of output tokens for calls that set none; a client's own limit may be higher. */
  @IsOptional() @WholeNumber(1) max_tokens?: number;
  /** The wire formats of the service, best first; default: those of its type. */
  @IsOptional() @TextList(/\S/, 'names of wire formats') speaks?: readonly string[];
  /** The field in which the upstream expects the limit of output tokens. */
  @OneOf(MAX_TOKENS_FIELDS) max_tokens_field: (typeof MAX_TOKENS_FIELDS)[number] = 'max_tokens';
  /** False: the model is not offered, and the variables that its entry names may be missing. */
  @Flag() enabled: boolean = true;
  /** Sent with every request to the service: chat, test and login. */
  @Mapping('header names to strings') headers: Record<string, string> = {};
  /** Query parameters of every request to the service, such as Azure's `api-version`. */
  @Mapping('parameter names to strings') query: Record<string, string> = {};
  /** Names in `headers`, `query`, `settings` and login `fields` whose values may appear in errors and in the log. */
  @IsOptional() @TextList(/\S/, 'names') not_secret?: readonly string[];
  /** The proxy to the service; default: by `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. */
  @IsOptional() @Text('an http:// or https:// address') proxy?: string;
  @IsOptional() @ValidateNested() @Type(() => TlsConfig) tls?: TlsConfig;
  /** Overrides the top-level `timeouts:` field by field. */
  @IsOptional() @ValidateNested() @Type(() => TimeoutsConfig) timeouts: TimeoutsConfig;
  /** The upstreams behind this name; absent when the entry itself is the only one. */
  @List('deployments') deployments: readonly DeploymentConfig[] = [];
  /** How the next deployment is chosen: by weight, or the less busy of two random ones. */
  @OneOf(STRATEGIES) strategy: (typeof STRATEGIES)[number] = 'weighted';
  /** Models that take over when this one fails, in order: names, or `{ model, on }`. */
  @List('model names, or { model, on }') fallbacks: readonly FallbackConfig[] = [];
  /** Overrides the top-level `retry:` field by field. */
  @IsOptional() @ValidateNested() @Type(() => RetryConfig) retry: RetryConfig;
  /** Overrides the top-level `breaker:` field by field. */
  @IsOptional() @ValidateNested() @Type(() => BreakerConfig) breaker: BreakerConfig;
  /** Overrides the top-level `limits:` field by field. */
  @IsOptional() @ValidateNested() @Type(() => LimitsConfig) limits: LimitsConfig;
  /**
   * Matches the service's error message for a prompt that is too long; needed if the gateway does
   * not recognise it.
   */
  @IsOptional() @LinearPattern() context_length_pattern?: string;
  /** How long to hold back a stream's response headers for its first chunk, while another attempt is possible. */
  @Seconds() commit_wait_seconds: number = 10;
  /** `finish` reads a response to its end even though the client has disconnected. */
  @OneOf(ON_CLIENT_DISCONNECT) on_client_disconnect: (typeof ON_CLIENT_DISCONNECT)[number] = 'cancel';

  /**
   * The price of the model, or `free`. Default: the price of `model_name` in the table shipped with
   * the gateway; for the sandbox, free.
   */
  @IsOptional() @ValidateNested() @Type(() => PriceConfig) price?: PriceConfig;

  /**
   * Whether the gateway asks for the usage of a stream when the client has not, in formats that
   * report none otherwise. `auto`: if a store, a budget, a token limit or the client's format needs
   * it.
   */
  @OneOf(STREAM_USAGE) stream_usage: (typeof STREAM_USAGE)[number] = 'auto';

  @IsOptional() @ValidateNested() @Type(() => CacheAnswersConfig) cache_answers?: CacheAnswersConfig;

  /** Latency above which the model counts as slow; 0 = never slow; default: by comparison with the previous hour. */
  @IsOptional() @Seconds() slow_seconds?: number;

  /** How the model is probed while idle; absent = not at all. */
  @IsOptional() @ValidateNested() @Type(() => ProbeConfig) probe?: ProbeConfig;

  /** Whether a login issues its access token. */
  get logsIn(): boolean {
    return false;
  }

  /**
   * How to get Google Cloud access tokens; undefined if the type or the entry does not use them.
   */
  get googleAuth(): GoogleAuthConfig | undefined {
    return undefined;
  }

  /** Checks rules of a type that involve several fields. Fields may have a wrong type, which is already reported. */
  check(_report: ConfigReport): void {}
}

/** One of several upstreams behind a model. */
export interface DeploymentConfig {
  readonly name: string;
  /** Relative share of calls; 0 = only when no other deployment is available. */
  readonly weight: number;
  /** The model's entry overridden by the deployment's fields. */
  readonly config: ModelConfig;
}

/** The upstreams of a model: its deployments, or the entry itself. */
export function upstreamsOf(model: ModelConfig): readonly ModelConfig[] {
  return model.deployments.length === 0 ? [model] : model.deployments.map(({ config }) => config);
}

/** A kind of model service, as supplied by the composition root. */
export interface ModelType {
  /** The word in the YAML, for the group and for `type:`. */
  readonly type: string;
  readonly Config: new () => ModelConfig;
}
