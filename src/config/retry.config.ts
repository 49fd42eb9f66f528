import 'reflect-metadata';
import { Seconds, WholeNumber } from './config-rules.js';

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
