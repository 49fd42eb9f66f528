import 'reflect-metadata';
import { Transform, Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { byteSize } from './byte-size.js';
import { AtNextStart, Flag, List, OneOf, Seconds, Text, WholeNumber } from './config-rules.js';
import { LARGEST_PORT } from './server.config.js';

const MEGABYTE = 1024 * 1024;
const LARGEST_ANSWER = 1024 * MEGABYTE;
const MOST_FILES = 1000;
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const FORMATS = ['auto', 'json', 'text'] as const;

/** One client, as kept in memory: the plain key is hashed while loading and then forgotten. */
export class ApiKeyConfig {
  /** Shown in the log; `key-1` and so on, by position, for those without a name. */
  name: string;
  /** 64 lower-case hexadecimal digits. */
  key_sha256: string;
  /** Model names or patterns with `*` that this key may use; absent = all. */
  models?: readonly string[];
  /** May see what others used, and force tests of logins that are backing off; undefined where nobody said. */
  admin?: boolean;
}

/** Who may call. */
export class AuthConfig {
  /** `false` opens the door to everyone. */
  @Flag() enabled: boolean = true;
  /** In the YAML a string, or `{ name, key | key_sha256, models, admin }`. */
  @List('API keys') api_keys: readonly ApiKeyConfig[] = [];
}

/** The clocks of one call to a model; seconds, 0 = none. */
export class TimeoutsConfig {
  @Seconds() connect_seconds: number = 5;
  /** For streams only: a plain answer's first byte is the whole answer. */
  @Seconds() first_byte_seconds: number = 120;
  /** Between bytes of a stream, while we wait for the upstream. */
  @Seconds() idle_seconds: number = 60;
  @Seconds() total_seconds: number = 600;
}

/** Whether a failed call is tried again, as long as its caller has not got a byte of an answer. */
export class RetryConfig {
  /** Further attempts a call, over all its deployments and fallbacks; 0 = none. */
  @WholeNumber(0, 20) max_retries: number = 1;
  /** Longest wait before the first repetition at the same deployment; doubles with each, the true wait is random. */
  @Seconds() backoff_seconds: number = 0.2;
  @Seconds() max_backoff_seconds: number = 2;
  /** An upstream that asks for a longer pause is not waited for. */
  @Seconds() max_retry_after_seconds: number = 5;
}

/** The same, and what all calls together may cost. */
export class GlobalRetryConfig extends RetryConfig {
  /** Retries towards failing deployments, as a share of all calls, so that a dying upstream is not hammered. */
  @WholeNumber(0, 100) budget_percent: number = 20;
}

/** When a deployment that fails is left alone for a while. */
export class BreakerConfig {
  @Flag() enabled: boolean = true;
  /** Share of failed calls that opens it. */
  @WholeNumber(1, 100) failure_percent: number = 50;
  /** The calls that count are those of this last while. */
  @Seconds() window_seconds: number = 30;
  /** Fewer calls in the window say nothing. */
  @WholeNumber(1) min_requests: number = 20;
  /** How long it stays open before a trial call. */
  @Seconds() open_seconds: number = 15;
}

/** How much of a model is used at once, and how much of an answer is held in memory. */
export class LimitsConfig {
  /** Calls of one model that run at once, in this process; 0 = any number. */
  @WholeNumber(0) max_concurrent: number = 0;
  /** Calls that may wait for their turn. */
  @WholeNumber(0) max_queued: number = 100;
  /** How long one of them waits at most. */
  @Seconds() max_queue_seconds: number = 10;
  /** Longest answer that is not a stream, in bytes; the YAML may also say "64mb". */
  @Transform(({ value }) => byteSize(value))
  @WholeNumber(1, LARGEST_ANSWER, 'a size such as "64mb" or a whole number of bytes')
  answer: number = 64 * MEGABYTE;
  /** Longest unfinished event of a stream, in bytes. Whole images come in one event. */
  @Transform(({ value }) => byteSize(value))
  @WholeNumber(1, LARGEST_ANSWER, 'a size such as "32mb" or a whole number of bytes')
  event: number = 32 * MEGABYTE;
}

/** A log file that is put aside when it is full. */
export class LogFileConfig {
  /** After loading absolute; a relative one counts from the configuration's folder. */
  @Text('the path of a file') path: string;
  /** In bytes; the YAML may also say "100mb". 0 = never full, for programs that put it aside themselves. */
  @Transform(({ value }) => byteSize(value))
  @WholeNumber(0, Number.MAX_SAFE_INTEGER, 'a size such as "100mb", a whole number of bytes, or 0')
  max_size: number = 100 * MEGABYTE;
  /** How many files that were put aside are kept. */
  @WholeNumber(1, MOST_FILES) max_files: number = 7;
}

/** What the log shows, and how. */
export class LoggingConfig {
  @OneOf(LEVELS) level: (typeof LEVELS)[number] = 'info';
  /** `auto`: text on a terminal, JSON elsewhere. */
  @AtNextStart() @OneOf(FORMATS) format: (typeof FORMATS)[number] = 'auto';
  /** Whether the log may show what people wrote and what models answered. */
  @Flag() content: boolean = false;
  /** Where the log goes instead of standard output. */
  @AtNextStart() @IsOptional() @ValidateNested() @Type(() => LogFileConfig) file?: LogFileConfig;
}

/** Whether there are measurements to scrape, and who may. */
export class MetricsConfig {
  /** False: nothing is measured, and no code for it is loaded. */
  @Flag() enabled: boolean = true;
  /** Whether `/metrics` answers without an API key. */
  @Flag() public: boolean = false;
  /** A listener of its own, without keys; `/metrics` is then not on the main port. 0 lets the system choose. */
  @IsOptional() @WholeNumber(0, LARGEST_PORT) port?: number;
}
