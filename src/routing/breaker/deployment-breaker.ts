import { type BreakerConfig } from '../../config/settings.js';
import { RecentClients } from '../../telemetry/availability/recent-clients.js';
import { type BreakerState, CircuitBreaker, type Pass } from './circuit-breaker.js';
import { OutcomeWindow } from './outcome-window.js';

/** Maximum number of remembered clients with failures. */
const MAX_CLIENTS = 200;

/** How a call passed two breakers: that for all clients, and that of its own client. */
export interface Passage {
  readonly all: Pass;
  readonly own: Pass;
}

/** The passage of nearly every call. */
export const ORDINARY: Passage = { all: 'ordinary', own: 'ordinary' };

/** The client whose call failed, and the kind of failure. */
export interface BreakerFailure {
  readonly client?: string;
  /**
   * Whether the request may be the cause: an error status, an error event, an unreadable response.
   */
  readonly isProvokable?: boolean;
  /** How long the upstream asks not to be called, if that is too long for a call to wait. */
  readonly pauseMs?: number;
}

/** Called on each change; `client` is set if it concerns one client only. */
export type BreakerListener = (
  state: BreakerState,
  reason: string,
  seconds: number | undefined,
  client: string | undefined,
) => void;

interface ClientRecord {
  readonly breaker: CircuitBreaker;
  /** The failures within the window that this client's requests may have caused. */
  readonly provoked: OutcomeWindow;
}

/**
 * The breaker of a deployment, fair between clients. Network errors, timeouts and pauses count for
 * all clients. A failure that a request may have caused counts for all only if no other client has
 * called within the window, or if the share of failures is too high even without those of any one
 * client; otherwise the breaker opens for that client at most. `undefined` as a client is the
 * gateway itself, whose requests cause no failures. Times are milliseconds of a monotonic clock.
 * Costs a comparison per call until something has failed.
 */
export class DeploymentBreaker {
  readonly #all: CircuitBreaker;
  readonly #clients = new Map<string, ClientRecord>();
  readonly #recentClients = new RecentClients();
  readonly #windowMs: number;
  /** The client whose half-open trial failed in a way that its request may have caused. */
  #trialBy: string | undefined;

  constructor(
    private readonly settings: BreakerConfig,
    private readonly onChange: BreakerListener = () => undefined,
  ) {
    this.#windowMs = settings.window_seconds * 1000;
    this.#all = new CircuitBreaker(
      settings,
      (state, reason, seconds) => {
        if (state !== 'half_open') {
          this.#trialBy = undefined;
          for (const { provoked } of this.#clients.values()) provoked.clear();
        }
        onChange(state, reason, seconds, undefined);
      },
      (now) => this.#failsForSeveral(now),
    );
  }

  /** The state for all clients. */
  state(now: number): BreakerState {
    return this.#all.state(now);
  }

  /** Whether a call of this client would get through. */
  allows(now: number, client: string | undefined): boolean {
    if (!this.#all.isOpen && this.#clients.size === 0) return true;
    return this.#all.allows(now) && (this.#of(client)?.breaker.allows(now) ?? true);
  }

  /**
   * Time until the next trial, in milliseconds.
   * @param client undefined: the breaker for all clients
   */
  remainingMs(now: number, client?: string): number {
    return Math.max(this.#all.remainingMs(now), this.#of(client)?.breaker.remainingMs(now) ?? 0);
  }

  /** Number of clients that are refused while others may call. */
  closedTo(now: number): number {
    let count = 0;
    for (const { breaker } of this.#clients.values()) if (breaker.state(now) === 'open') count++;
    return count;
  }

  /** Call this when a call was refused. */
  refused(now: number, client: string | undefined): void {
    this.#recentClients.called(client, now);
  }

  /**
   * Lets a call through or refuses it; its outcome must be reported.
   * @param isTest an operator's test also passes an open breaker
   */
  enter(now: number, client: string | undefined, isTest = false): Passage {
    this.#recentClients.called(client, now);
    if (!this.#all.isOpen && this.#clients.size === 0) return ORDINARY;
    const all = this.#all.enter(now, isTest);
    const own = this.#of(client)?.breaker.enter(now, isTest) ?? 'ordinary';
    return all === 'ordinary' && own === 'ordinary' ? ORDINARY : { all, own };
  }

  /** @param isTest an operator's test, which counts in any state */
  succeeded(now: number, client: string | undefined, passage: Passage, isTest = false): void {
    this.#all.succeeded(now, passage.all, isTest);
    if (this.#clients.size > 0) this.#of(client)?.breaker.succeeded(now, passage.own, isTest);
  }

  /** @param reason error code, for the log */
  failed(now: number, passage: Passage, reason: string, failure: BreakerFailure = {}): void {
    const { client, isProvokable, pauseMs } = failure;
    if (isProvokable !== true || client === undefined || pauseMs !== undefined) {
      this.#of(client)?.breaker.inconclusive(passage.own);
      this.#all.failed(now, passage.all, reason, pauseMs);
      return;
    }
    if (!this.settings.enabled) return;
    const { breaker, provoked } = this.#of(client) ?? this.#add(client, now);
    if (passage.all === 'trial' && !this.#isConfirmed(client, now)) {
      // Another client may try at once, because this client's requests might keep the breaker open
      // for all.
      this.#trialBy = client;
      this.#all.inconclusive('trial');
      breaker.open(now, reason);
      return;
    }
    if (this.#all.state(now) === 'closed') provoked.add(now, 1, 1);
    this.#all.failed(now, passage.all, reason);
    if (this.#all.state(now) === 'closed') breaker.failed(now, passage.own, reason);
    else breaker.inconclusive(passage.own);
  }

  /**
   * Call this when a call that was counted as a success failed later, because its response was cut
   * off.
   */
  relapsed(now: number, reason: string, { client, isProvokable }: BreakerFailure = {}): void {
    if (isProvokable !== true || client === undefined) return this.#all.relapsed(now, reason);
    if (!this.settings.enabled) return;
    const { breaker, provoked } = this.#of(client) ?? this.#add(client, now);
    if (this.#all.state(now) === 'closed') provoked.add(now, 1, 1);
    this.#all.relapsed(now, reason);
    if (this.#all.state(now) !== 'closed') return;
    // The client's own breaker did not count its calls before the first failure.
    if (breaker.counts(now).calls === 0) breaker.succeeded(now, 'ordinary');
    breaker.relapsed(now, reason);
  }

  /** Call this when the outcome is inconclusive: the client disconnected or sent a bad request. */
  inconclusive(client: string | undefined, { all, own }: Passage): void {
    this.#all.inconclusive(all);
    this.#of(client)?.breaker.inconclusive(own);
  }

  #of(client: string | undefined): ClientRecord | undefined {
    return this.#clients.size === 0 || client === undefined ? undefined : this.#clients.get(client);
  }

  #add(client: string, now: number): ClientRecord {
    if (this.#clients.size === MAX_CLIENTS) this.#forget(now);
    const record = {
      breaker: new CircuitBreaker(this.settings, (state, reason, seconds) =>
        this.onChange(state, reason, seconds, client),
      ),
      provoked: new OutcomeWindow(this.#windowMs),
    };
    this.#clients.set(client, record);
    return record;
  }

  /** Drops the oldest client whose own breaker is closed. */
  #forget(now: number): void {
    let [forgotten] = this.#clients.keys();
    for (const [client, { breaker }] of this.#clients) {
      if (breaker.state(now) !== 'closed') continue;
      forgotten = client;
      break;
    }
    this.#clients.delete(forgotten!);
  }

  /**
   * Whether the share of failures is too high even without those of any one client, unless no other
   * client has called.
   */
  #failsForSeveral(now: number): boolean {
    const { calls, failures } = this.#all.counts(now);
    for (const [client, { provoked }] of this.#clients) {
      const ownFailures = provoked.failuresUntil(now);
      if (ownFailures === 0 || this.#recentClients.isAlone(client, now, this.#windowMs)) continue;
      const [restCalls, restFailures] = [calls - provoked.callsUntil(now), failures - ownFailures];
      if (restFailures <= 0 || restFailures * 100 < restCalls * this.settings.failure_percent) return false;
    }
    return true;
  }

  /** Whether a failed trial is evidence against the deployment. */
  #isConfirmed(client: string, now: number): boolean {
    const isSecond = this.#trialBy !== undefined && this.#trialBy !== client;
    return isSecond || this.#recentClients.isAlone(client, now, this.#windowMs);
  }
}
