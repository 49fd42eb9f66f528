import { RecentClients } from './recent-clients.js';

const KEPT = 20;
/**
 * Limit for one client while others call, so that its failures do not displace the outcomes of
 * others.
 */
const KEPT_OF_ONE = KEPT / 2;
/** Older outcomes no longer count. */
const RECENT_MS = 60_000;
/** This many equal outcomes in a row are significant. */
const STREAK = 3;
/** With this many outcomes, the failure share decides; with fewer, the newest outcome does. */
const ENOUGH = 10;

/** The outcome of one call. */
interface Outcome {
  readonly atMs: number;
  readonly client: string | undefined;
  readonly isFailure: boolean;
  /**
   * Whether the request may have caused the failure. Such a failure counts only if several clients
   * saw such failures, or if only one client called.
   */
  readonly isProvokable: boolean;
}

/** Totals of a list of outcomes. */
interface Tally {
  count: number;
  failures: number;
  /** Length of the latest run of successes; negative for failures. */
  streak: number;
}

/**
 * Judges from a model's newest outcomes, at most twenty, whether it is broken. One failure among
 * many successes does not count, but each outcome of a rarely called model does. No client decides
 * alone while others call: the model must look broken without the failures that its own requests
 * may have caused.
 */
export class RecentOutcomes {
  /** Oldest first. */
  readonly #outcomes: Outcome[] = [];
  readonly #clients = new RecentClients();

  /**
   * Adds the outcome of a call.
   * @param client undefined: the gateway itself
   */
  add(atMs: number, isSuccess: boolean, client?: string, isProvokable = false): void {
    this.#clients.called(client, atMs);
    this.#keep(atMs, isSuccess, client, isProvokable);
  }

  /** Adds the outcome of a check that made no call. */
  addCheck(atMs: number, isSuccess: boolean): void {
    this.#keep(atMs, isSuccess, undefined, false);
  }

  /**
   * Whether a failure that this client's request may have caused still counts against the service.
   */
  concernsAll(client: string | undefined, nowMs: number): boolean {
    return (
      client === undefined ||
      this.#clients.isAlone(client, nowMs, RECENT_MS) ||
      this.#tally(nowMs, client).failures > 0
    );
  }

  #keep(atMs: number, isSuccess: boolean, client: string | undefined, isProvokable: boolean): void {
    const outcomes = this.#outcomes;
    if (outcomes.length === KEPT) {
      const dropped = this.#dropped(client, atMs);
      if (dropped === 0) outcomes.shift();
      else outcomes.splice(dropped, 1);
    }
    outcomes.push({ atMs, client, isFailure: !isSuccess, isProvokable });
  }

  /**
   * Call this after a failure. The model is broken after three failures in a row, if every call of
   * the last minute failed, or if at least half of at least ten calls failed.
   */
  isBroken(nowMs: number): boolean {
    return (
      looksBroken(this.#tally(nowMs)) &&
      this.#suspects().every((client) => this.#isBrokenWithout(client, nowMs))
    );
  }

  /**
   * Call this after a success. The model works again after three successes in a row, if fewer than
   * half of its calls failed, or if there were fewer than ten.
   */
  isMended(nowMs: number): boolean {
    return (
      looksMended(this.#tally(nowMs)) ||
      this.#suspects().some((client) => {
        const rest = this.#tally(nowMs, client);
        return rest.count > 0 && looksMended(rest);
      })
    );
  }

  /**
   * Index of the outcome to drop: the oldest of a client that fills half of the list, otherwise the
   * oldest.
   */
  #dropped(client: string | undefined, nowMs: number): number {
    // The oldest outcome is dropped in any case here; most models are called by one client at a
    // time.
    if (this.#outcomes[0]!.client === client) return 0;
    let own = 0;
    for (const outcome of this.#outcomes) if (outcome.client === client) own++;
    if (own < KEPT_OF_ONE || this.#clients.isAlone(client, nowMs, RECENT_MS)) return 0;
    return this.#outcomes.findIndex((outcome) => outcome.client === client);
  }

  /** Clients whose requests may have caused failures. */
  #suspects(): string[] {
    const suspects = new Set<string>();
    for (const { client, isFailure, isProvokable } of this.#outcomes) {
      if (isFailure && isProvokable && client !== undefined) suspects.add(client);
    }
    return [...suspects];
  }

  #isBrokenWithout(client: string, nowMs: number): boolean {
    if (this.#clients.isAlone(client, nowMs, RECENT_MS)) return true;
    const rest = this.#tally(nowMs, client);
    return rest.failures > 0 && looksBroken(rest);
  }

  /** @param without the client whose provokable failures are ignored */
  #tally(nowMs: number, without?: string): Tally {
    const tally: Tally = { count: 0, failures: 0, streak: 0 };
    for (const { atMs, client, isFailure, isProvokable } of this.#outcomes) {
      if (without !== undefined && client === without && isFailure && isProvokable) continue;
      if (isFailure) tally.streak = Math.min(tally.streak, 0) - 1;
      else tally.streak = Math.max(tally.streak, 0) + 1;
      if (nowMs - atMs > RECENT_MS) continue;
      tally.count++;
      if (isFailure) tally.failures++;
    }
    return tally;
  }
}

function looksBroken({ count, failures, streak }: Tally): boolean {
  return streak <= -STREAK || failures === count || (count >= ENOUGH && failures * 2 >= count);
}

function looksMended({ count, failures, streak }: Tally): boolean {
  return streak >= STREAK || count < ENOUGH || failures * 2 < count;
}
