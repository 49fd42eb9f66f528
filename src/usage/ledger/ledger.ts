import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CallEvents, type CallObserver } from '../../calls/call-events.js';
import { type CallRecord } from '../../calls/call-record.js';
import { Drain } from '../../calls/drain.js';
import { GatewayConfig } from '../../config/gateway.config.js';
import { LiveConfig } from '../../config/live-config.js';
import { GatewayLogger } from '../../telemetry/log/gateway-logger.js';
import { callRow } from '../call-row.js';
import { BUFFERED_CALLS, LedgerBuffer } from './ledger-buffer.js';
import { RefusedCalls } from './refused-calls.js';
import { StoreAccess } from '../store-access.js';
import { RefusedDataError, codeOf } from '../store-errors.js';

/**
 * Pauses after a failure: the first and the longest. Each is extended by up to a fifth, so that
 * replicas spread out.
 */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/**
 * How long the end of the process waits for the store, even when the time for the drain has passed.
 */
const LAST_WRITE_MS = 2000;
const LAST_PAUSE_MS = 100;

/**
 * Stores each finished call of a client: later and in batches, so that no call waits for it. While
 * the store is unavailable, calls are kept in memory up to a limit; beyond it, the oldest are
 * dropped and counted. Calls whose data the store refuses are dropped and counted at once, and do
 * not delay others.
 */
@Injectable()
export class Ledger implements CallObserver, OnApplicationShutdown {
  readonly #buffer = new LedgerBuffer();
  readonly #refused: RefusedCalls;
  readonly #flushMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** The batches being written, one after another. Never rejects. */
  #writing: Promise<void> | undefined;
  #isAway = false;
  #pauseMs = FIRST_PAUSE_MS;
  #drainEndsMs = 0;
  #isEnding = false;
  #droppedCount = 0;
  #droppedBefore = 0;
  #writtenCount = 0;

  constructor(
    @Inject(GatewayConfig) { usage }: GatewayConfig,
    private readonly access: StoreAccess,
    private readonly logger: GatewayLogger,
    live: LiveConfig,
    drain: Drain,
    events: CallEvents,
  ) {
    this.#refused = new RefusedCalls(logger);
    this.#flushMs = usage.flush_seconds * 1000;
    events.subscribe(this);
    drain.onBegun(() => {
      const { shutdown_delay_seconds: delay, shutdown_grace_seconds: grace } = live.current.server;
      this.#drainEndsMs = performance.now() + (delay + grace) * 1000;
    });
  }

  /** Calls written to the store since the start. */
  get writtenCount(): number {
    return this.#writtenCount;
  }

  /**
   * Calls that were lost since the start, because the store was unavailable for too long or refused
   * their data.
   */
  get droppedCount(): number {
    return this.#droppedCount + this.#refused.count;
  }

  /** Of those, the calls whose data the store has refused. */
  get refusedCount(): number {
    return this.#refused.count;
  }

  /** Calls that wait to be written. */
  get bufferedCount(): number {
    return this.#buffer.size;
  }

  /** Whether the last attempt to write failed. */
  get isAway(): boolean {
    return this.#isAway;
  }

  ended(record: CallRecord, status: number): void {
    // Requests without a key use nothing; pages, lists and probes do not call a model.
    if (record.client === undefined || (record.route === undefined && record.attempts === 0)) return;
    const isFull = this.#buffer.add(callRow(record, status, Date.now()), this.access.kind !== 'memory');
    if (this.#buffer.size > BUFFERED_CALLS) this.#drop();
    if (isFull && !this.#isAway) this.#write();
    else this.#timer ??= this.#after(this.#flushMs);
  }

  /** Writes all waiting calls. Settles when they are written, or the store has failed. */
  async flush(): Promise<void> {
    const before = this.#writtenCount + this.droppedCount;
    const waiting = this.#buffer.size;
    while (this.#writtenCount + this.droppedCount - before < waiting) {
      this.#write();
      await this.#writing;
      if (this.#isAway) return;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#timer);
    const untilMs = Math.max(this.#drainEndsMs, performance.now() + LAST_WRITE_MS);
    await Promise.race([this.#writeAll(untilMs), expired(untilMs)]);
    const lost = this.#buffer.size;
    if (lost > 0)
      this.logger.error({ message: 'usage lost, its store was not available at the end', calls: lost });
    await Promise.race([this.access.close(), expired(performance.now() + LAST_WRITE_MS)]);
  }

  async #writeAll(untilMs: number): Promise<void> {
    for (;;) {
      await this.flush();
      if (this.#buffer.size === 0 || performance.now() >= untilMs) return;
      await new Promise((resolve) => setTimeout(resolve, LAST_PAUSE_MS));
    }
  }

  #after(ms: number): NodeJS.Timeout | undefined {
    if (this.#isEnding) return undefined;
    const timer = setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, ms);
    return timer.unref();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // While the store is unavailable, one batch is tried, and the calls that end meanwhile share
    // the next.
    if (!this.#isAway || !this.#buffer.hasClosed) this.#buffer.close();
    this.#writing ??= this.#batches().finally(() => (this.#writing = undefined));
  }

  /**
   * Writes batches until no closed one is left or one fails; calls that end meanwhile go into the
   * next.
   */
  async #batches(): Promise<void> {
    for (let batch = this.#buffer.next(); batch !== undefined; batch = this.#buffer.next()) {
      if (!batch.isPart) this.#refused.report();
      try {
        const store = await this.access.store();
        await store.write(batch);
        this.#buffer.written();
        this.#writtenCount += batch.count;
      } catch (error) {
        if (!(error instanceof RefusedDataError)) {
          this.#buffer.failed();
          this.#failed(error);
          break;
        }
        if (this.#buffer.refused()) this.#refused.add(batch.requestId, error);
      }
      if (this.#isAway) this.#isBack();
    }
    this.#refused.report();
  }

  #failed(error: unknown): void {
    if (!this.#isAway) {
      this.#isAway = true;
      this.#droppedBefore = this.#droppedCount;
      this.logger.warn({
        message: 'usage cannot be written, it is kept in memory meanwhile',
        error_code: codeOf(error),
        buffered_calls: this.#buffer.size,
      });
    }
    this.#timer ??= this.#after(this.#pauseMs * (1 + Math.random() / 5));
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
  }

  #isBack(): void {
    this.#buffer.close();
    this.#isAway = false;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.logger.log({
      message: 'usage is written again',
      buffered_calls: this.#buffer.size,
      dropped_calls: this.#droppedCount - this.#droppedBefore,
    });
  }

  #drop(): void {
    const isFirst = this.#droppedCount === this.#droppedBefore;
    this.#droppedCount += this.#buffer.drop();
    if (isFirst)
      this.logger.error({
        message: 'usage is lost, its store has been away for too long',
        limit: BUFFERED_CALLS,
      });
  }
}

async function expired(atMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - performance.now())).unref());
}
