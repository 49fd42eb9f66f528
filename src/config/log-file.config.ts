import 'reflect-metadata';
import { Transform } from 'class-transformer';
import { byteSize } from './byte-size.js';
import { Text, WholeNumber } from './config-rules.js';

const MEGABYTE = 1024 * 1024;
const MOST_FILES = 1000;

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
