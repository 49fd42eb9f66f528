import { IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { type ConfigReport } from '../config/config-report.js';
import { ModelConfig } from '../config/model.config.js';
import { checkSpoken } from './spoken-dialects.js';

/** A model whose service wants an API key, or nothing. */
export class ApiKeyModelConfig extends ModelConfig {
  /** Sent in the type's own header; without it no such header is sent. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  api_key?: string;

  override check(report: ConfigReport): void {
    checkSpoken(this, report);
  }
}
