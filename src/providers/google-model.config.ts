import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { type ConfigReport } from '../config/rules/config-report.js';
import { GoogleAuthConfig } from '../config/google/google-auth.config.js';
import { ApiKeyModelConfig } from './api-key-model.config.js';

/** A model whose service requires an API key, a Google Cloud access token, or no credential. */
export class GoogleModelConfig extends ApiKeyModelConfig {
  /** How access tokens are obtained, for Vertex AI. */
  @IsOptional() @ValidateNested() @Type(() => GoogleAuthConfig) google_auth?: GoogleAuthConfig;

  override get googleAuth(): GoogleAuthConfig | undefined {
    return this.google_auth;
  }

  override get logsIn(): boolean {
    return this.google_auth !== undefined;
  }

  override check(report: ConfigReport): void {
    super.check(report);
    if (this.google_auth !== undefined && this.api_key !== undefined)
      report.problem('google_auth', 'cannot be combined with api_key; expected one of them');
  }
}
