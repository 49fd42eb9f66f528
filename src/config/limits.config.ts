import 'reflect-metadata';
import { Transform } from 'class-transformer';
import { byteSize } from './byte-size.js';
import { Seconds, WholeNumber } from './config-rules.js';

const MEGABYTE = 1024 * 1024;
const LARGEST_ANSWER = 1024 * MEGABYTE;

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
