import { Type } from 'class-transformer';
import { IsNotEmpty, IsNumber, IsOptional, IsPositive, IsString, ValidateNested } from 'class-validator';
import { type ConfigReport } from '../../config/model.config.js';
import { LoginConfig } from '../../credentials/login/login.config.js';
import { checkLogin } from '../../credentials/login/steps/check-login.js';
import { checkSpoken } from '../spoken-dialects.js';
import { MappedModelConfig } from '../../dialects/mapped/mapped-model.config.js';

const LOGIN_KEYS = ['auth_url', 'username', 'password'] as const;
/** How long a login's token is kept where neither the model nor the login's response sets it, in hours. */
export const DEFAULT_TOKEN_CACHE_HOURS = 8;

/** An in-house service that wants a token: one written down, or one that a login hands out. */
export class RequestModelConfig extends MappedModelConfig {
  /** A fixed token. Never dropped, whatever the service answers. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  token?: string;

  /** Where the user name and password are posted as JSON; the token comes back. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  auth_url?: string;

  /** The account that logs in. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  username?: string;

  /** Of this account. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  password?: string;

  /** How long a login's token is kept, in hours, unless the login response says a shorter time. Default 8. */
  @IsOptional()
  @IsNumber()
  @IsPositive()
  token_cache_hours?: number;

  /** How the token is won and used, where that differs from the above. */
  @IsOptional()
  @ValidateNested()
  @Type(() => LoginConfig)
  login?: LoginConfig;

  override get logsIn(): boolean {
    return this.token === undefined && this.login?.preset !== 'basic';
  }

  override check(report: ConfigReport): void {
    super.check(report);
    checkSpoken(this, report);
    if (this.speaks !== undefined && this.isMapped)
      report.problem('speaks', 'cannot be combined with a mapping, which describes the format');
    if (this.token !== undefined) {
      for (const key of ['auth_url', 'username', 'password', 'login'] as const) {
        if (this[key] === undefined) continue;
        report.problem(key, 'cannot be combined with token; expected either a token or a login, not both');
      }
      if (this.token_cache_hours !== undefined) {
        report.warning('token_cache_hours', 'has no effect beside token: a fixed token is never renewed');
      }
      return;
    }
    const given = LOGIN_KEYS.filter((key) => this[key] !== undefined);
    if (given.length === 0 && this.login === undefined) {
      report.problem('', 'has no credential; expected token, or auth_url, username and password');
      return;
    }
    if (this.login !== undefined) {
      checkLogin(this.login, this, report);
      return;
    }
    for (const key of LOGIN_KEYS) {
      if (this[key] === undefined) {
        report.problem(key, 'is missing; expected auth_url, username and password together');
      }
    }
  }
}
