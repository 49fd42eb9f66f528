import { RecentClients } from './recent-clients.js';

const KEPT = 20;
/** Of one client, while others call: its failures must not push out what the others met. */
const KEPT_OF_ONE = KEPT / 2;
/** Older outcomes say nothing of now. */
const RECENT_MS = 60_000;
/** So many in a row are no accident. */
const STREAK = 3;
/** From so many outcomes on their shares count; with fewer the newest word does. */
const ENOUGH = 10;

/** How one call ended. */
interface Outcome {
  readonly atMs: number;
  readonly client: string | undefined;
  readonly isFailure: boolean;
  /** What was asked may have provoked it: it counts for all where several clients met such, or only one called. */
  readonly isProvokable: boolean;
}

/** What some outcomes say. */
interface Tally {
  count: number;
  failures: number;
  /** Successes in a row up to the newest; failures in a row when negative. */
  streak: number;
}

/**
 * A model's newest outcomes, twenty at most: whether it is broken is judged by these, so that one failure among many
 * good calls is none, and a model that is rarely called is believed at once. No client decides alone while others
 * call: the model has to look broken without the failures that its requests may have provoked.
 */
export class RecentOutcomes {
  /** The oldest first. */
  readonly #outcomes: Outcome[] = [];
  readonly #clients = new RecentClients();

  /** A call has ended. @param client undefined: the gateway itself */
  add(atMs: number, isSuccess: boolean, client?: string, isProvokable = false): void {
    this.#clients.called(client, atMs);
    this.#keep(atMs, isSuccess, client, isProvokable);
  }

  /** A check that was no call has ended. */
  addCheck(atMs: number, isSuccess: boolean): void {
    this.#keep(atMs, isSuccess, undefined, false);
  }

  /** Whether a failure that this client may have provoked says something of the service all the same. */
  concernsAll(client: string | undefined, nowMs: number): boolean {
    return (
      client === undefined ||
      this.#clients.isAlone(client, nowMs, RECENT_MS) ||
      this.#tally(nowMs, client).failures > 0
    );
  }

  #keep(atMs: number, isSuccess: boolean, client: string | undefined, isProvokable: boolean): void {
    const outcomes = this.#outcomes;
    if (outcomes.length === KEPT) outcomes.splice(this.#dropped(client, atMs), 1);
    outcomes.push({ atMs, client, isFailure: !isSuccess, isProvokable });
  }

  /** After a failure: three in a row, nothing but failures within a minute, or at least every second call. */
  isBroken(nowMs: number): boolean {
    return (
      looksBroken(this.#tally(nowMs)) &&
      this.#suspects().every((client) => this.#isBrokenWithout(client, nowMs))
    );
  }

  /** After a success: three in a row, less than every second call failing, or few calls. */
  isMended(nowMs: number): boolean {
    return (
      looksMended(this.#tally(nowMs)) ||
      this.#suspects().some((client) => {
        const rest = this.#tally(nowMs, client);
        return rest.count > 0 && looksMended(rest);
      })
    );
  }

  /** Of one client that fills half of the list, the oldest; otherwise the oldest of all. */
  #dropped(client: string | undefined, nowMs: number): number {
    let own = 0;
    for (const outcome of this.#outcomes) if (outcome.client === client) own++;
    if (own < KEPT_OF_ONE || this.#clients.isAlone(client, nowMs, RECENT_MS)) return 0;
    return this.#outcomes.findIndex((outcome) => outcome.client === client);
  }

  /** Those whose requests may have provoked failures. */
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

  /** @param without the client whose provokable failures are left out */
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
