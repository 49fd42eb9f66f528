import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { AtNextStart, Flag, OneOf } from './config-rules.js';
import { LogFileConfig } from './log-file.config.js';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const FORMATS = ['auto', 'json', 'text'] as const;

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
