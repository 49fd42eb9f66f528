import { CallEvents } from '../../calls/call-events.js';
import { CallRecord } from '../../calls/call-record.js';
import { Drain } from '../../calls/drain.js';
import { RunningCalls } from '../../calls/running-calls.js';
import { GatewayConfig } from '../../config/gateway.config.js';
import { LiveConfig } from '../../config/live-config.js';
import { type GatewayLogger } from '../../telemetry/log/gateway-logger.js';
import { CALL_COLUMN_NAMES } from '../call-row.js';
import { BUFFERED_CALLS, CALLS_PER_BATCH } from './ledger-buffer.js';
import { Ledger } from './ledger.js';
import { MemoryStore } from '../memory-store.js';
import { rowsOf } from './calls-json.js';
import { type StoreAccess } from '../store-access.js';
import { RefusedDataError } from '../store-errors.js';
import { type UsageBatch } from '../usage-store.js';

/** A store that can be away, and remembers every batch that it was given. */
class SwitchedStore extends MemoryStore {
  isAway = false;
  /** Calls with these ids of requests are refused for their data. */
  readonly refused = new Set<string>();
  readonly writtenIds: string[] = [];
  readonly tried: UsageBatch[] = [];
  readonly written: UsageBatch[] = [];

  override write(batch: UsageBatch): Promise<void> {
    this.tried.push(batch);
    if (this.isAway) return Promise.reject(Object.assign(new Error('no words'), { code: 'ECONNREFUSED' }));
    const ids = requestIds(batch);
    if (ids.some((id) => this.refused.has(id)))
      return Promise.reject(new RefusedDataError('23514', new Error('violates a constraint')));
    this.written.push(batch);
    this.writtenIds.push(...ids);
    return Promise.resolve();
  }

  get writtenCalls(): number {
    return this.written.reduce((sum, { count }) => sum + count, 0);
  }
}

const requestIds = ({ calls }: UsageBatch): string[] =>
  rowsOf(calls).map((row) => String(row[CALL_COLUMN_NAMES.indexOf('request_id')]));

function open() {
  const config = new GatewayConfig();
  const store = new SwitchedStore();
  const lines: unknown[] = [];
  const say = (line: unknown): void => void lines.push(line);
  let calls = 0;
  const access = {
    kind: 'file',
    store: () => Promise.resolve(store),
    close: () => Promise.resolve(),
  } as unknown as StoreAccess;
  const logger = { log: say, warn: say, error: say } as unknown as GatewayLogger;
  const events = new CallEvents();
  const ledger = new Ledger(
    config,
    access,
    logger,
    new LiveConfig(config),
    new Drain(new RunningCalls()),
    events,
  );
  const call = (count = 1): void => {
    for (let n = 0; n < count; n++) {
      const record = new CallRecord(`id-${calls++}`, 'POST', '/v1/chat/completions');
      record.client = 'bot';
      record.attempts = 1;
      events.ended(record, 200);
    }
  };
  return { ledger, store, lines, call };
}

describe('the ledger', () => {
  afterEach(() => jest.useRealTimers());

  it('writes after the interval, or at once when a batch is full, and never within a call', async () => {
    jest.useFakeTimers();
    const { store, call } = open();
    call(2);
    await jest.advanceTimersByTimeAsync(1999);
    expect(store.writtenCalls).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(store.writtenCalls).toBe(2);
    call(CALLS_PER_BATCH);
    expect(store.writtenCalls).toBe(2);
    await jest.advanceTimersByTimeAsync(0);
    expect(store.writtenCalls).toBe(2 + CALLS_PER_BATCH);
  });

  it('lets calls that end during a write wait for their own interval, and a flush for no later calls', async () => {
    jest.useFakeTimers();
    const { ledger, store, call } = open();
    const write = store.write.bind(store);
    store.write = async (batch) => {
      call(1);
      await write(batch);
    };
    call(1);
    await ledger.flush();
    expect(store.written.map(({ count }) => count)).toEqual([1]);
    expect(ledger.bufferedCount).toBe(1);
    await jest.advanceTimersByTimeAsync(2000);
    expect(store.written.map(({ count }) => count)).toEqual([1, 1]);
    expect(ledger.bufferedCount).toBe(1);
  });

  it('tries the same batch again, with pauses that grow, while calls go on', async () => {
    jest.useFakeTimers();
    const { ledger, store, lines, call } = open();
    store.isAway = true;
    call(3);
    await jest.advanceTimersByTimeAsync(2000);
    call(4);
    await jest.advanceTimersByTimeAsync(15_000);
    call(1);
    await jest.advanceTimersByTimeAsync(15_000);
    expect(store.tried.length).toBeGreaterThan(4);
    expect(store.tried.length).toBeLessThan(9);
    expect(new Set(store.tried).size).toBe(1);
    expect([ledger.isAway, ledger.bufferedCount]).toEqual([true, 8]);
    store.isAway = false;
    await jest.advanceTimersByTimeAsync(12_000);
    expect(store.written.map(({ count }) => count)).toEqual([3, 5]);
    expect([ledger.isAway, ledger.bufferedCount, ledger.writtenCount]).toEqual([false, 0, 8]);
    expect(lines).toEqual([
      {
        message: 'usage cannot be written, it is kept in memory meanwhile',
        error_code: 'ECONNREFUSED',
        buffered_calls: 3,
      },
      { message: 'usage is written again', buffered_calls: 5, dropped_calls: 0 },
    ]);
  });

  it('drops the oldest calls beyond its bound, counts them, and reports it once', async () => {
    jest.useFakeTimers();
    const { ledger, store, lines, call } = open();
    store.isAway = true;
    call(10);
    await jest.advanceTimersByTimeAsync(2000);
    call(BUFFERED_CALLS + 1000);
    expect(ledger.bufferedCount).toBeLessThanOrEqual(BUFFERED_CALLS);
    expect(ledger.bufferedCount).toBeGreaterThan(BUFFERED_CALLS - CALLS_PER_BATCH);
    expect(ledger.droppedCount + ledger.bufferedCount).toBe(BUFFERED_CALLS + 1010);
    expect(lines.filter((line) => JSON.stringify(line).includes('usage is lost'))).toHaveLength(1);
    store.isAway = false;
    await jest.advanceTimersByTimeAsync(12_000);
    expect(ledger.writtenCount + ledger.droppedCount).toBe(BUFFERED_CALLS + 1010);
  });

  it('drops only what the store refuses, in few writes, with one line for a batch', async () => {
    jest.useFakeTimers();
    const { ledger, store, lines, call } = open();
    for (const n of [0, 700, 1999]) store.refused.add(`id-${n}`);
    call(CALLS_PER_BATCH);
    call(3);
    await ledger.flush();
    const all = Array.from({ length: CALLS_PER_BATCH + 3 }, (_, n) => `id-${n}`);
    expect(store.writtenIds).toEqual(all.filter((id) => !store.refused.has(id)));
    expect(store.tried.length).toBeLessThan(3 * 2 * 11 + 3);
    expect([ledger.writtenCount, ledger.droppedCount, ledger.refusedCount, ledger.bufferedCount]).toEqual([
      2000, 3, 3, 0,
    ]);
    expect(ledger.isAway).toBe(false);
    expect(lines).toEqual([
      {
        message: 'usage is lost, its store refuses what these calls contain',
        calls: 3,
        first_request_id: 'id-0',
        error_code: '23514',
        reason: 'violates a constraint',
      },
    ]);
  });

  it('resumes at the same call if the store goes away amid refusals, and writes nothing twice', async () => {
    jest.useFakeTimers();
    const { ledger, store, call } = open();
    store.refused.add('id-5');
    const write = store.write.bind(store);
    store.write = (batch) => {
      store.isAway = store.tried.length % 3 === 2;
      return write(batch);
    };
    call(16);
    await jest.advanceTimersByTimeAsync(120_000);
    expect(store.writtenIds).toEqual(
      Array.from({ length: 16 }, (_, n) => `id-${n}`).filter((id) => id !== 'id-5'),
    );
    expect([ledger.droppedCount, ledger.bufferedCount, ledger.isAway]).toEqual([1, 0, false]);
  });

  it('writes everything at the end of the process, and logs what it could not write', async () => {
    const fine = open();
    fine.call(5);
    await fine.ledger.onApplicationShutdown();
    expect(fine.store.writtenCalls).toBe(5);
    const broken = open();
    broken.store.isAway = true;
    broken.call(5);
    await broken.ledger.onApplicationShutdown();
    expect(broken.lines).toContainEqual({
      message: 'usage lost, its store was not available at the end',
      calls: 5,
    });
  });
});
