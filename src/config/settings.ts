import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { AtNextStart, Bytes, Flag, OneOf, Seconds, Text, WholeNumber } from './rules/config-rules.js';
import { LARGEST_PORT } from './server.config.js';

const MEGABYTE = 1024 * 1024;
const LARGEST_ANSWER = 1024 * MEGABYTE;
const MOST_FILES = 1000;
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const FORMATS = ['auto', 'json', 'text'] as const;

/** Time limits of a call to a model; seconds, 0 = no limit. */
export class TimeoutsConfig {
  /** Until the connection is open, TLS included. */
  @Seconds() connect_seconds: number = 5;
  /** Until the first event of a stream; a plain response arrives all at once. */
  @Seconds() first_byte_seconds: number = 120;
  /** Longest pause between bytes of a stream from the upstream; also how long a client may leave its response unread. */
  @Seconds() idle_seconds: number = 60;
  /** One attempt of a call, to the end of its response. */
  @Seconds() total_seconds: number = 600;
}

/** Whether to retry a failed call while the client has not received a byte of the response. */
export class RetryConfig {
  /** Further attempts per call, over all deployments and fallbacks; 0 = none. */
  @WholeNumber(0, 20) max_retries: number = 1;
  /** Upper bound of the random wait before the first retry on the same deployment; doubles with each retry. */
  @Seconds() backoff_seconds: number = 0.2;
  /** Upper bound of the wait before any retry. */
  @Seconds() max_backoff_seconds: number = 2;
  /** Longest pause requested by an upstream that a retry waits for. */
  @Seconds() max_retry_after_seconds: number = 5;
}

/** Retry settings, and a budget for all calls together. */
export class GlobalRetryConfig extends RetryConfig {
  /** Retries to failing deployments as a share of all calls, so that retries do not overload a failing upstream. */
  @WholeNumber(0, 100) budget_percent: number = 20;
}

/** When calls to a failing deployment stop for a while. */
export class BreakerConfig {
  /** Whether there is a circuit breaker. */
  @Flag() enabled: boolean = true;
  /** Share of failed calls that opens it. */
  @WholeNumber(1, 100) failure_percent: number = 50;
  /** Period over which calls are counted. */
  @Seconds() window_seconds: number = 30;
  /** With fewer calls in the window, the breaker does not open. */
  @WholeNumber(1) min_requests: number = 20;
  /** How long it stays open before a half-open trial. */
  @Seconds() open_seconds: number = 15;
}

/** Limits on concurrent calls of a model and on the size of its responses in memory. */
export class LimitsConfig {
  /** Concurrent calls of one model in this process; 0 = no limit. */
  @WholeNumber(0) max_concurrent: number = 0;
  /** Longest queue of waiting calls. */
  @WholeNumber(0) max_queued: number = 100;
  /** Longest time a call waits in the queue. */
  @Seconds() max_queue_seconds: number = 10;
  /** Largest non-streaming response, and the most text of a translated stream, in bytes; the YAML may also say "64mb". */
  @Bytes(1, LARGEST_ANSWER, 'a size such as "64mb" or a whole number of bytes')
  answer: number = 64 * MEGABYTE;
  /** Largest event of a stream, in bytes; an event may contain a whole image. */
  @Bytes(1, LARGEST_ANSWER, 'a size such as "32mb" or a whole number of bytes')
  event: number = 32 * MEGABYTE;
}

/** A log file that is rotated when it is full. */
export class LogFileConfig {
  /** Relative to the configuration's folder. */
  @Text('the path of a file') path: string;
  /** In bytes; the YAML may also say "100mb". 0 = no rotation, for external rotation. */
  @Bytes(0, Number.MAX_SAFE_INTEGER, 'a size such as "100mb", a whole number of bytes, or 0')
  max_size: number = 100 * MEGABYTE;
  /** How many rotated files to keep. */
  @WholeNumber(1, MOST_FILES) max_files: number = 7;
}

/** Format, contents and destination of the log. */
export class LoggingConfig {
  /** The least severe lines that the log contains. */
  @OneOf(LEVELS) level: (typeof LEVELS)[number] = 'info';
  /** `auto`: text on a terminal, JSON elsewhere. */
  @AtNextStart() @OneOf(FORMATS) format: (typeof FORMATS)[number] = 'auto';
  /** Whether the log may show texts from upstreams, which may quote prompts and completions. */
  @Flag() content: boolean = false;
  /** The log file; absent: standard output. */
  @AtNextStart() @IsOptional() @ValidateNested() @Type(() => LogFileConfig) file?: LogFileConfig;
}

/** Whether metrics are collected, and access to them. */
export class MetricsConfig {
  /** Whether metrics are collected. */
  @Flag() enabled: boolean = true;
  /** Whether `/metrics` is served without an API key. */
  @Flag() public: boolean = false;
  /** A separate listener without keys; `/metrics` is then absent from the main port. 0 lets the system choose. */
  @IsOptional() @WholeNumber(0, LARGEST_PORT) port?: number;
}
