import 'reflect-metadata';
import { Flag, Seconds, WholeNumber } from './config-rules.js';

/** When a deployment that fails is left alone for a while. */
export class BreakerConfig {
  @Flag() enabled: boolean = true;
  /** Share of failed calls that opens it. */
  @WholeNumber(1, 100) failure_percent: number = 50;
  /** The calls that count are those of this last while. */
  @Seconds() window_seconds: number = 30;
  /** Fewer calls in the window say nothing. */
  @WholeNumber(1) min_requests: number = 20;
  /** How long it stays open before one call may try. */
  @Seconds() open_seconds: number = 15;
}
