import 'reflect-metadata';
import { Seconds } from './config-rules.js';

/** The clocks of one call to a model; seconds, 0 = none. */
export class TimeoutsConfig {
  @Seconds() connect_seconds: number = 5;
  /** For streams only: a plain answer's first byte is the whole answer. */
  @Seconds() first_byte_seconds: number = 120;
  /** Between bytes of a stream, while we wait for the upstream. */
  @Seconds() idle_seconds: number = 60;
  @Seconds() total_seconds: number = 600;
}
