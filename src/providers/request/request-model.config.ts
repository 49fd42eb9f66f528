import { Type } from 'class-transformer';
import { IsNotEmpty, IsNumber, IsOptional, IsPositive, IsString, ValidateNested } from 'class-validator';
import { type ConfigReport } from '../../config/model.config.js';
import { LoginConfig } from '../../credentials/login/login.config.js';
import { checkLogin } from '../../credentials/login/steps/check-login.js';
import { checkSpoken } from '../spoken-dialects.js';
import { MappedModelConfig } from '../../dialects/mapped/mapped-model.config.js';

const LOGIN_KEYS = ['auth_url', 'username', 'password'] as const;
/**
 * How long a login's token is kept if neither the model nor the login's response sets a lifetime,
 * in hours.
 */
export const DEFAULT_TOKEN_CACHE_HOURS = 8;

/** An in-house service that requires a token: a fixed one, or one from a login. */
export class RequestModelConfig extends MappedModelConfig {
  /** A fixed token, in place of a login; it is never dropped, whatever the service responds. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  token?: string;

  /** The address that user name and password are posted to as JSON; the response contains the token. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  auth_url?: string;

  /** The account that logs in. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  username?: string;

  /** The password of `username`. */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  password?: string;

  /** How long a token is kept, in hours, unless the login's response says a shorter time; default: 8. */
  @IsOptional()
  @IsNumber()
  @IsPositive()
  token_cache_hours?: number;

  /** How the token is obtained and used, where that differs from a post of user name and password as JSON. */
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
