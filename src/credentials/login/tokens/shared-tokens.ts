import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { SharedEntries, type SharedEntry } from '../../../cache/shared-entries.js';

/** A login times out after 10 s; no replica waits longer for another. */
const LONGEST_WAIT_MS = 10_000;
/** That timeout and a margin; it runs out only if a replica died during a login. */
const LOCK_MS = 12_000;
const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 250;

/**
 * The part of a token record that replicas must agree on; the record may contain more. Times are
 * epoch milliseconds.
 */
export interface ShareableToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

/**
 * A shared pause: the service refused the login or the token that the login had just returned, or
 * asked to wait.
 */
export interface SharedPause {
  readonly reason: 'login' | 'token' | 'put_off';
  readonly failures: number;
  readonly untilMs: number;
  readonly message: string;
  readonly upstreamStatus?: number;
  /** How long the service asked to wait. */
  readonly askedMs?: number;
}

/** A token, a pause, or a token that remains in use while the next login pauses. */
export interface SharedRecord<Token extends ShareableToken> {
  readonly held?: Token;
  /** Whether a call has succeeded with the token, on any replica. */
  readonly isProven?: boolean;
  readonly pause?: SharedPause;
}

/** A token, and whether a call has succeeded with it. */
export interface Holding<Token extends ShareableToken> {
  readonly held: Token;
  readonly isProven: boolean;
}

/** The result of asking the other replicas. */
export type Obtained<Token extends ShareableToken> =
  Holding<Token> | { readonly held?: undefined; readonly pause: SharedPause };

/** A request to the other replicas, and how to proceed without them. */
export interface TokenWish<Token extends ShareableToken> {
  readonly accepts: (held: Token) => boolean;
  /**
   * A token that was refused here; it is removed from the store unless a newer one has replaced it.
   */
  readonly refused: string | undefined;
  readonly heedsPause: boolean;
  /**
   * Also called for a pause that has ended, so that the next failure does not count as the first.
   */
  readonly onPause: (pause: SharedPause) => void;
  readonly login: () => Promise<Token>;
}

/**
 * Tokens that replicas share. One replica logs in, the others use its token, and all observe a
 * pause that a service requested. A login that failed because the service was unreachable causes no
 * shared pause: the fault may be this replica's network, and must not stop the others.
 */
@Injectable()
export class SharedTokens {
  constructor(private readonly entries: SharedEntries) {}

  /** Calls back when sharing works again after a failure. */
  onReturn(listener: () => void): void {
    this.entries.onReturn(listener);
  }

  async find<Token extends ShareableToken>(key: string): Promise<SharedRecord<Token> | undefined> {
    return recordIn<Token>(await this.entries.read(key));
  }

  /** Returns the record of another replica, or the result of `login` here while the others wait. */
  async obtain<Token extends ShareableToken>(key: string, wish: TokenWish<Token>): Promise<Obtained<Token>> {
    const giveUpAtMs = performance.now() + LONGEST_WAIT_MS;
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 1.5, LONGEST_POLL_MS)) {
      const found = await this.#look(key, wish);
      if (found !== undefined) return found;
      const lock = await this.entries.lock(key, LOCK_MS);
      if (lock === 'busy' && performance.now() < giveUpAtMs) {
        await sleep(pollMs);
        continue;
      }
      if (lock === 'busy' || lock === 'away') return this.#login(key, wish);
      try {
        // Another replica may have finished its login between the look and the lock.
        return (await this.#look(key, wish)) ?? (await this.#login(key, wish));
      } finally {
        await lock.release();
      }
    }
  }

  /** Stores a pause: in place of `token`, or beside the stored token if that is a different one. */
  async pause(key: string, pause: SharedPause, token: string | undefined): Promise<void> {
    const entry = await this.entries.read(key);
    const record = recordIn(entry);
    const nowMs = Date.now();
    if (record?.held !== undefined && record.held.token !== token && record.held.expiresAtMs > nowMs) {
      await this.entries.replace(key, entry?.version, { ...record, pause }, record.held.expiresAtMs - nowMs);
      return;
    }
    // Kept for twice as long, so that the next failure still finds the number of previous ones.
    const ttlMs = 2 * Math.max(1, pause.untilMs - nowMs);
    await this.entries.replace(key, entry?.version, { pause }, ttlMs);
  }

  /** Call this when a call has succeeded with `token`. */
  async proved(key: string, token: string): Promise<void> {
    const entry = await this.entries.read(key);
    const record = recordIn(entry);
    if (entry === undefined || record === undefined) return;
    const { held, isProven = false } = record;
    if (held?.token !== token || isProven) return;
    const ttlMs = held.expiresAtMs - Date.now();
    // The pause remains: that the token works says nothing about the next login.
    const value = ttlMs > 0 ? { ...record, isProven: true } : undefined;
    await this.entries.replace(key, entry.version, value, ttlMs);
  }

  /**
   * After an outage of Redis each replica may hold its own token. All settle on the stored one, or
   * on the first to be stored.
   * @returns the token to use instead of `held`, if any
   */
  async settle<Token extends ShareableToken>(
    key: string,
    { held, isProven }: Holding<Token>,
    accepts: (other: Token) => boolean,
  ): Promise<Holding<Token> | undefined> {
    // The second round finds what another replica has stored in between.
    for (let round = 1; round <= 2; round++) {
      const entry = await this.entries.read(key);
      const record = recordIn<Token>(entry);
      if (record?.held !== undefined && accepts(record.held)) {
        return record.held.token === held.token
          ? undefined
          : { held: record.held, isProven: record.isProven ?? false };
      }
      const ttlMs = held.expiresAtMs - Date.now();
      if (ttlMs <= 0 || (await this.entries.replace(key, entry?.version, { held, isProven }, ttlMs))) break;
    }
    return undefined;
  }

  async #login<Token extends ShareableToken>(key: string, wish: TokenWish<Token>): Promise<Obtained<Token>> {
    const held = await wish.login();
    const record = { held, isProven: false };
    const ttlMs = held.expiresAtMs - Date.now();
    if (ttlMs > 0) await this.entries.write(key, record, ttlMs);
    return record;
  }

  async #look<Token extends ShareableToken>(
    key: string,
    wish: TokenWish<Token>,
  ): Promise<Obtained<Token> | undefined> {
    const entry = await this.entries.read(key);
    const record = recordIn<Token>(entry);
    if (entry === undefined || record === undefined) return undefined;
    const { held, isProven = false, pause } = record;
    if (held !== undefined) {
      if (wish.accepts(held)) return { held, isProven };
      if (held.token === wish.refused) await this.entries.replace(key, entry.version, undefined);
    }
    if (pause !== undefined) wish.onPause(pause);
    return pause !== undefined && wish.heedsPause && pause.untilMs > Date.now() ? { pause } : undefined;
  }
}

/**
 * The record in an entry; undefined if it has an unknown form. The gateway itself wrote and sealed
 * it, but perhaps in another version.
 */
function recordIn<Token extends ShareableToken>(
  entry: SharedEntry | undefined,
): SharedRecord<Token> | undefined {
  if (typeof entry?.value !== 'object' || entry.value === null) return undefined;
  const record = entry.value as SharedRecord<Token>;
  const isToken = typeof record.held?.token === 'string' && typeof record.held.expiresAtMs === 'number';
  const isPause = typeof record.pause?.untilMs === 'number' && typeof record.pause.failures === 'number';
  return isToken || isPause ? record : undefined;
}
