import 'reflect-metadata';
import { IsOptional } from 'class-validator';
import { type ConfigReport } from './rules/config-report.js';
import { Bytes, Flag, rule, SecondsFrom, TextLike, WholeNumber } from './rules/config-rules.js';
import { textLike } from './rules/rule-schema.js';

const MEGABYTE = 1024 * 1024;
const MOST_REPLICAS = 10_000;
const LARGEST_MEMORY = 64 * 1024 * MEGABYTE;
const SCHEME = /^[rR][eE][dD][iI][sS][sS]?:\/\//;
const DATABASE = /^(\/\d{0,5})?$/;

/** Caches the responses of a model and returns them to identical requests. */
export class CacheAnswersConfig {
  /** How long a cached response may be returned. */
  @SecondsFrom(1) ttl_seconds: number;
  /**
   * Whether all clients share the cached responses. By default, each team has its own, and so does
   * each key without a team.
   */
  @Flag() shared: boolean = false;
}

/**
 * The cache that replicas share, for access tokens and cached responses. Without `redis_url`, each
 * process keeps them in memory.
 */
export class CacheConfig {
  /** The Redis that replicas share. A secret, because it may contain a password. */
  @IsOptional()
  @rule(
    'redisAddress',
    'an address such as redis://host:6379 or rediss://:password@host:6379/0 (special characters percent-encoded)',
    textLike(SCHEME),
    isRedisAddress,
  )
  redis_url?: string;

  /** Encrypts everything stored in Redis; must be the same on every replica. */
  @IsOptional()
  @TextLike(/^(?=.*\S)[^]{32,}$/u, 'at least 32 characters, such as "openssl rand -base64 32" prints')
  encryption_key?: string;

  /**
   * Number of replicas that share this Redis. Until a process first reaches Redis, it applies its
   * share of every limit, or the whole limit if this number is absent. Afterwards, Redis knows the
   * number.
   */
  @IsOptional()
  @WholeNumber(1, MOST_REPLICAS)
  replicas?: number;

  /** Memory limit for cached responses, in bytes; the YAML may also say "64mb". */
  @Bytes(MEGABYTE, LARGEST_MEMORY, 'a size such as "64mb" or a whole number of bytes')
  answers_limit: number = 64 * MEGABYTE;

  /** Checks the rules that involve both fields. */
  check(report: ConfigReport): void {
    if (this.redis_url !== undefined && this.encryption_key === undefined) {
      report.problem(
        'encryption_key',
        'is required with redis_url; expected the secret that encrypts the shared tokens, at least 32 characters, ' +
          'the same for every replica (make one: openssl rand -base64 32)',
      );
    }
    if (this.replicas !== undefined && this.redis_url === undefined) {
      report.problem(
        'replicas',
        'has no effect without redis_url: each process then counts limits for itself',
      );
    }
    if (this.encryption_key !== undefined && this.redis_url === undefined) {
      report.problem(
        'redis_url',
        'is required with encryption_key; expected both, or neither to keep tokens in memory',
      );
    }
  }
}

function isRedisAddress(value: unknown): boolean {
  if (typeof value !== 'string' || !SCHEME.test(value) || !URL.canParse(value)) return false;
  const { hostname, pathname, search, hash, username, password } = new URL(value);
  if (hostname === '' || !DATABASE.test(pathname) || search !== '' || hash !== '') return false;
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
}
