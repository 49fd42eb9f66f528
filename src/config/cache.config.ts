import 'reflect-metadata';
import { IsOptional, ValidateBy } from 'class-validator';
import { type ConfigReport } from './config-report.js';
import { TextLike } from './config-rules.js';

const SCHEME = /^rediss?:\/\//i;
const DATABASE = /^(\/\d{0,5})?$/;

/** Where replicas share what they have won; without `redis_url` each process keeps it in its own memory. */
export class CacheConfig {
  /** A secret, since it may hold a password. */
  @IsOptional()
  @ValidateBy({
    name: 'redisAddress',
    validator: {
      validate: isRedisAddress,
      defaultMessage: () =>
        'expected an address such as redis://host:6379 or rediss://:password@host:6379/0 (special characters percent-encoded)',
    },
  })
  redis_url?: string;

  /** Everything in Redis is encrypted under it; the same on every replica. */
  @IsOptional()
  @TextLike(/^(?=.*\S)[^]{32,}$/, 'at least 32 characters, such as "openssl rand -base64 32" prints')
  encryption_key?: string;

  /** The rules that concern both fields. */
  check(report: ConfigReport): void {
    if (this.redis_url !== undefined && this.encryption_key === undefined) {
      report.problem(
        'encryption_key',
        'is missing beside redis_url; expected the secret that encrypts the shared tokens, at least 32 characters, ' +
          'the same for every replica (make one: openssl rand -base64 32)',
      );
    }
    if (this.encryption_key !== undefined && this.redis_url === undefined) {
      report.problem(
        'redis_url',
        'is missing beside encryption_key; expected both, or neither for tokens in memory',
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
