import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import {
  BlockList,
  Flag,
  List,
  OneOf,
  Text,
  TextLike,
  UsDollars,
  WholeNumber,
} from './rules/config-rules.js';

/** Text for display, on one line. */
export const NO_CONTROL = /^(?=.*\S)\P{Cc}+$/u;

/** The calendar periods of a budget; `total` never ends. */
export const BUDGET_PERIODS = ['hour', 'day', 'week', 'month', 'year', 'total'] as const;

export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/** How much may be spent in each calendar period. */
export class BudgetConfig {
  /** US dollars; exact to a billionth. */
  @UsDollars() usd: number;
  /** Periods begin and end in `auth.time_zone`; a week begins on Monday. */
  @OneOf(BUDGET_PERIODS) per: BudgetPeriod;
}

/** Limits of one key, or of all keys of a team together. An absent field sets no limit. */
export class KeyLimitsConfig {
  /** Calls to models in any 60 seconds. */
  @IsOptional() @WholeNumber(1) requests_per_minute?: number;
  /** Tokens in any 60 seconds, input and output together. */
  @IsOptional() @WholeNumber(1) tokens_per_minute?: number;
  /** Calls to models that run at the same time. */
  @IsOptional() @WholeNumber(1) max_concurrent?: number;
  @IsOptional() @ValidateNested() @Type(() => BudgetConfig) budget?: BudgetConfig;
}

/** A group of keys with limits in common. */
export class TeamConfig {
  /** Referred to by the `team` of a key. */
  @TextLike(NO_CONTROL, 'a name without control characters') name: string;
  /** Limits on all keys of the team together, in addition to those of each key. */
  @IsOptional() @ValidateNested() @Type(() => KeyLimitsConfig) limits?: KeyLimitsConfig;
}

/** A client. Only the digest of its key is kept in memory. */
export class ApiKeyConfig {
  /**
   * Shown in the log; default: `key-1` and so on, by position. Two keys with the same name belong
   * to one client, which is replacing one key with the other: they must agree in everything but the
   * key and its expiry, and they share their limits.
   */
  name: string;
  /** SHA-256 of the key in hexadecimal, in place of `key`: then the key itself is not in the file. */
  key_sha256: string;
  /** Names of models, or patterns with `*`, that this key may use; absent = all. */
  models?: readonly string[];
  /** May see the usage of other clients, and force tests of logins that are backing off. */
  admin?: boolean;
  /** The name of one of `teams`. */
  team?: string;
  limits?: KeyLimitsConfig;
  /** The last day on which the key is valid, in `auth.time_zone`, or the time at which it ends. */
  expires_at?: string;
  /** The first instant at which the key is no longer valid, in milliseconds since 1970; from `expires_at`. */
  expiresAtMs?: number;
}

/** Authentication of clients. */
export class AuthConfig {
  /** `false` lets anyone call. */
  @Flag() enabled: boolean = true;
  /**
   * The clients' API keys; each is the key itself or a mapping. At least one, unless `enabled` is
   * false.
   */
  @List('API keys') api_keys: readonly ApiKeyConfig[] = [];
  /** The IANA time zone in which days, weeks, months and years begin. */
  @Text('an IANA time zone such as "Asia/Shanghai"') time_zone: string = 'UTC';
  @BlockList(TeamConfig, 'teams') teams: readonly TeamConfig[] = [];
}
