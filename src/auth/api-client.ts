import { type KeyLimitsConfig } from '../config/auth.config.js';
import { modelPattern } from '../config/rules/model-pattern.js';
import { type LimitScope } from './limit-scope.js';

/** The rights that an entry of `auth.api_keys` grants. */
export interface ApiClientGrant {
  /**
   * Names or patterns that the key may use; undefined = all. `*` matches anything, `/` included.
   */
  readonly models?: readonly string[];
  /** `admin` of the key; undefined if no key of the configuration sets it. */
  readonly isAdmin?: boolean;
  readonly team?: string;
  readonly limits?: KeyLimitsConfig;
  /** Milliseconds since 1970. */
  readonly expiresAtMs?: number;
  readonly scopes?: readonly LimitScope[];
}

const UNLIMITED: readonly LimitScope[] = [];

/** The program that uses an API key. */
export class ApiClient {
  readonly #patterns: readonly RegExp[] | undefined;
  readonly #names: ReadonlySet<string>;
  readonly isAdmin: boolean | undefined;
  /** Whether its key is restricted to some models. */
  readonly isRestricted: boolean;
  readonly team: string | undefined;
  readonly limits: KeyLimitsConfig | undefined;
  /** The first instant at which the key is no longer valid; undefined = no expiry. */
  readonly expiresAtMs: number | undefined;
  /** The limits that apply to its calls: its own and those of its team; empty = unlimited. */
  readonly scopes: readonly LimitScope[];
  /** Whether one of these limits concerns tokens or their cost. */
  readonly countsTokens: boolean;

  /** @param name shown in the log */
  constructor(
    readonly name: string,
    { models, isAdmin, team, limits, expiresAtMs, scopes = UNLIMITED }: ApiClientGrant = {},
  ) {
    this.#names = new Set(models?.filter((model) => !model.includes('*')));
    this.#patterns = models?.filter((model) => model.includes('*')).map(modelPattern);
    this.isRestricted = models !== undefined;
    this.isAdmin = isAdmin;
    this.team = team;
    this.limits = limits;
    this.expiresAtMs = expiresAtMs;
    this.scopes = scopes;
    this.countsTokens = scopes.some(
      ({ limits: { budget, tokens_per_minute: tokens } }) => budget !== undefined || tokens !== undefined,
    );
  }

  /**
   * Whether it may see and do things that concern the whole gateway. If no key is marked as an
   * admin's, any unrestricted key may.
   */
  get isOperator(): boolean {
    return this.isAdmin ?? !this.isRestricted;
  }

  mayUse(model: string): boolean {
    if (this.#patterns === undefined) return true;
    return this.#names.has(model) || this.#patterns.some((pattern) => pattern.test(model));
  }
}
