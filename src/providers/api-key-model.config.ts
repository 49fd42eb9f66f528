import { IsNotEmpty, IsOptional, IsString } from 'class-validator';
import { type ConfigReport } from '../config/rules/config-report.js';
import { ModelConfig } from '../config/model.config.js';
import { checkSpoken } from './spoken-dialects.js';

/** A model whose service requires an API key or no credential. */
export class ApiKeyModelConfig extends ModelConfig {
  /** The service's key, sent in the header that the type defines; absent = no such header. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  api_key?: string;

  override check(report: ConfigReport): void {
    checkSpoken(this, report);
  }
}
