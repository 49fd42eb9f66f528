import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { type RedisConnection } from '../../cache/redis-connection.js';
import { type Clock } from '../clock.js';
import { type ReplicaShare } from '../limiter.js';
import { type MemoryLimiter } from '../memory/memory-limiter.js';
import { MARK_KEY, REPLICAS_KEY } from './scope-keys.js';
import { ADMIT } from './scripts/admit.js';
import { HAND_OVER } from './scripts/hand-over.js';
import { REPORT } from './scripts/report.js';
import { SETTLE } from './scripts/settle.js';

/** A replica counts as gone after this many missed reports. */
const MISSED_REPORTS = 3;

/**
 * Redis's minute and that of a process end some milliseconds apart, which must not be taken for
 * lost data.
 */
const SUSPICION_MS = 100;

const UNKNOWN_HINT =
  'Redis has not been reached since the start, and cache.replicas is not set: this process takes each limit as a whole';

/** Intervals for counting in Redis, in milliseconds. */
export interface Timing {
  /** How long the running calls of a dead replica and their reservations still count. */
  readonly leaseMs: number;
  /** How often a replica reports that it is alive; it counts as gone after three times as long. */
  readonly reportMs: number;
}

export const USUAL_TIMING: Timing = { leaseMs: 30_000, reportMs: 2000 };

/** The reports of a replica to Redis: when it joins, while it stays and when it leaves. */
export interface Reports {
  /**
   * Sends the reports that must arrive before the replica joins.
   * @param hasLostData Redis has lost its data, so everything that this replica knows is reported
   * again
   * @returns a function that sends the rest, without waiting; undefined: Redis did not respond
   */
  prepare(hasLostData: boolean): Promise<((offsetMs: number) => void) | undefined>;
  /** Renews the leases of long calls. */
  renew(): void;
  /** Waits a moment until all reports have arrived. */
  flush(): Promise<void>;
}

/** Whether this replica counts in Redis, and how many replicas do. */
export class Membership {
  /** Identifies this replica to the others. */
  readonly replica = randomBytes(9).toString('base64url');
  readonly #log = new Logger('Limits');
  #isJoined = false;
  #joining: Promise<void> | undefined;
  #isOver = false;
  /** Missing in Redis when it has lost its data. */
  #mark: string | undefined;
  #source: ReplicaShare['source'];
  /** Redis's time minus monotonic time. */
  #offsetMs = 0;
  #suspectedMs = -Infinity;
  #reports!: Reports;
  #onJoined!: () => Promise<void>;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly redis: RedisConnection,
    private readonly local: MemoryLimiter,
    private readonly clock: Clock,
    private readonly timing: Timing,
    expected: number | undefined,
  ) {
    local.replicas = expected ?? 1;
    this.#source = expected === undefined ? 'assumption' : 'configuration';
  }

  get isShared(): boolean {
    return this.#isJoined && this.redis.isHere;
  }

  get share(): ReplicaShare {
    return { replicas: this.local.replicas, source: this.#source };
  }

  /** @param onJoined called each time the replica has joined; never rejects */
  async begin(reports: Reports, onJoined: () => Promise<void>): Promise<void> {
    const { leaseMs, reportMs } = this.timing;
    this.#reports = reports;
    this.#onJoined = onJoined;
    this.redis.onReturn(() => {
      this.#isJoined = false;
      if (!this.#isIdle) void this.#join();
    });
    this.#timers.push(
      setInterval(() => void this.#report(), reportMs).unref(),
      setInterval(() => reports.renew(), leaseMs / 3).unref(),
    );
    await this.configured();
  }

  /** Call this when the configuration has changed. While it has no limits, Redis is not used. */
  async configured(): Promise<void> {
    if (this.#isJoined || this.#isIdle) return;
    if (this.redis.isHere) await this.#join();
    if (!this.#isJoined) this.#logState();
  }

  /** Call this when Redis may have lost its data: asks Redis at once, but not for each call. */
  suspect(): void {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.#suspectedMs < SUSPICION_MS) return;
    this.#suspectedMs = nowMs;
    void this.#report();
  }

  /** Call this when Redis did not respond. */
  lost(): void {
    if (!this.#isJoined) return;
    this.#isJoined = false;
    this.#logState();
  }

  /**
   * Leaves after the last reports, so that the others need not wait for its reports to be missed.
   */
  async end(): Promise<void> {
    this.#isOver = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#reports.flush();
    if (this.#isJoined)
      await this.redis.run(() => this.redis.client.zRem(REPLICAS_KEY, this.replica), undefined);
  }

  get #isIdle(): boolean {
    return this.local.scopes().length === 0;
  }

  #join(): Promise<void> {
    this.#joining ??= this.#joinNow().finally(() => {
      this.#joining = undefined;
    });
    return this.#joining;
  }

  async #joinNow(): Promise<void> {
    const { redis } = this;
    const loaded = await redis.run(async () => {
      await Promise.all([SETTLE.load(redis), HAND_OVER.load(redis), ADMIT.load(redis)]);
      return true;
    }, false);
    const report = loaded ? await this.#sendReport() : undefined;
    if (report === undefined) return;
    const hasLostData = this.#mark !== undefined && report.mark !== this.#mark;
    const reportRest = await this.#reports.prepare(hasLostData);
    if (reportRest === undefined || !redis.isHere || this.#isOver) return;
    // All in one turn, so that the next admission is sent after it.
    this.#mark = report.mark;
    this.#isJoined = true;
    reportRest(this.#offsetMs);
    this.#logState();
    await this.#onJoined();
  }

  async #report(): Promise<void> {
    if (this.#isIdle) return;
    if (!this.redis.isHere) {
      this.lost();
      return;
    }
    if (!this.#isJoined) return this.#join();
    const report = await this.#sendReport();
    if (report === undefined) this.lost();
    else if (report.mark !== this.#mark) {
      this.#isJoined = false;
      await this.#join();
    }
  }

  async #sendReport(): Promise<{ readonly mark: string } | undefined> {
    const { redis } = this;
    const values = [
      this.replica,
      MISSED_REPORTS * this.timing.reportMs,
      randomBytes(9).toString('base64url'),
    ];
    const reply = await redis.run(
      () => REPORT.sendAnyway(redis, [REPLICAS_KEY, MARK_KEY], values),
      undefined,
    );
    if (reply === undefined) return undefined;
    const [nowMs, replicas, mark] = reply as [number, number, string];
    this.#offsetMs = nowMs - this.clock.monotonicMs();
    this.local.replicas = Math.max(1, replicas);
    this.#source = 'redis';
    return { mark };
  }

  #logState(): void {
    if (this.#isIdle) return;
    const { replicas, source } = this.share;
    if (this.#isJoined) this.#log.log({ message: 'limits are shared through Redis', replicas });
    else
      this.#log.warn({
        message: 'Redis unavailable, each replica holds its share of the limits',
        replicas,
        replicas_from: source,
        ...(source === 'assumption' && { hint: UNKNOWN_HINT }),
      });
  }
}
