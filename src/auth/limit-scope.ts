import { type KeyLimitsConfig } from '../config/auth.config.js';

/**
 * The holder of limits, whose calls are counted together: the keys of one name, or all keys of a
 * team.
 */
export interface LimitScope {
  readonly kind: 'key' | 'team';
  readonly name: string;
  /** The team of a key, if it has one. */
  readonly team?: string | undefined;
  readonly limits: KeyLimitsConfig;
}
