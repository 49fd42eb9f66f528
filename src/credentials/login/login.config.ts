import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { AnyText, BlockList, List, Mapping, OneOf, Text } from '../../config/rules/config-rules.js';

const METHODS = ['GET', 'POST', 'PUT'] as const;
const SEND_AS = ['json', 'form', 'query', 'basic', 'none'] as const;
const CARRY_IN = ['header', 'query', 'cookie'] as const;
const PRESETS = ['default', 'oauth2_client_credentials', 'oauth2_password', 'basic'] as const;
const LIFETIME_UNITS = [
  'seconds',
  'milliseconds',
  'epoch_seconds',
  'epoch_milliseconds',
  'iso_date',
] as const;

export type SendAs = (typeof SEND_AS)[number];
export type LoginPreset = (typeof PRESETS)[number];
export type LifetimeUnit = (typeof LIFETIME_UNITS)[number];

/** One call of a login. */
export class LoginStepConfig {
  /** The address; default: `auth_url`. `{name}` is replaced by a value that an earlier step kept. */
  @IsOptional() @Text('an http:// or https:// address, or a path below base_url') url?: string;
  /** `GET` sends everything in the query. Default: `POST`. */
  @IsOptional() @OneOf(METHODS) method?: (typeof METHODS)[number];
  /** In addition to the model's own; `{name}` as in `url`. */
  @IsOptional() @Mapping('header names to strings') headers?: Record<string, string>;
  /** How user name and password are sent; `basic`: in an `Authorization` header. Default: `json`. */
  @IsOptional() @OneOf(SEND_AS) send_as?: SendAs;
  /** What the service calls the user name; default: `username`. */
  @IsOptional() @Text() username_field?: string;
  /** What the service calls the password; default: `password`. */
  @IsOptional() @Text() password_field?: string;
  /** Constants that are sent as well. */
  @IsOptional()
  @Mapping('field names to constants', { type: ['string', 'number', 'boolean'] })
  fields?: Record<string, string | number | boolean>;
  /**
   * What is sent instead of user name, password and `fields`; the expression sees `username`,
   * `password` and kept values.
   */
  @IsOptional() @Text('a JSONata expression') body?: string;
  /** Values of this response for later steps and for calls. */
  @IsOptional() @Mapping('names to JSONata expressions') keep?: Record<string, string>;
  /** Whether the step succeeded; default: any 2xx. */
  @IsOptional() @Text('a JSONata expression') success?: string;
  /** Finds the reason in a failed response. */
  @IsOptional() @Text('a JSONata expression') message?: string;
}

/** How a call carries the token. */
export class LoginCarryConfig {
  /** Default: `header`. */
  @IsOptional() @OneOf(CARRY_IN) in?: (typeof CARRY_IN)[number];
  /** The name of the header, the query parameter or the cookie. Default: `Authorization`; in a query, `access_token`. */
  @IsOptional() @Text() name?: string;
  /** Text before the token. Default: "Bearer " in Authorization, otherwise nothing. */
  @IsOptional() @AnyText() prefix?: string;
}

/** Which responses say that the token is no longer valid. */
export class RefusedWhenConfig {
  /** HTTP statuses. Default: 401 only. */
  @IsOptional() @List('HTTP statuses', { type: 'integer', minimum: 300, maximum: 599 }) status?: number[];
  /** True if a JSON response, whatever its status, says that the token is no longer valid. */
  @IsOptional() @Text('a JSONata expression') body?: string;
}

/**
 * How a token is obtained and used: one step, written here, or several. Each default is the behaviour without
 * this block.
 */
export class LoginConfig extends LoginStepConfig {
  /**
   * The defaults of the other settings. `oauth2_client_credentials`: `client_id` and `client_secret` as a form;
   * `oauth2_password`: user name and password as a form; `basic`: no login, each call carries user name and password.
   */
  @IsOptional() @OneOf(PRESETS) preset?: LoginPreset;
  /** Several calls, if one needs the response of another; cookies are sent as by a browser. */
  @IsOptional() @BlockList(LoginStepConfig, 'login steps') steps?: LoginStepConfig[];
  /** Finds the token in the last response: `status`, `headers`, `cookies`, `body`. */
  @IsOptional() @Text('a JSONata expression') token?: string;
  /** Finds when the token expires; default: `expires_in`, in seconds. */
  @IsOptional() @Text('a JSONata expression') lifetime?: string;
  /** What `lifetime` is given in; default: `seconds`. */
  @IsOptional() @OneOf(LIFETIME_UNITS) lifetime_unit?: LifetimeUnit;
  /** Time zone of times without one: `Asia/Shanghai`, `+08:00`. Without it such a time is not used. */
  @IsOptional() @Text() time_zone?: string;
  @IsOptional() @ValidateNested() @Type(() => LoginCarryConfig) carry?: LoginCarryConfig;
  /** Further headers of every call; their expressions see the last response, `token` and kept values. */
  @IsOptional() @Mapping('header names to JSONata expressions') call_headers?: Record<string, string>;
  /** Further query parameters of every call. */
  @IsOptional() @Mapping('parameter names to JSONata expressions') call_query?: Record<string, string>;
  @IsOptional() @ValidateNested() @Type(() => RefusedWhenConfig) refused_when?: RefusedWhenConfig;
}
