import { type ErrorCode } from '../../errors/guide/error-guide.js';
import { type CheckKind } from './check-result.js';
import { type StateChange } from './model-state.js';
import { ModelWatch } from './model-watch.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const START = 29_000_000 * MINUTE;

describe('the verdict on a model', () => {
  let changes: StateChange[];
  let watch: ModelWatch;
  let slowMs: number | undefined;
  let now: number;

  beforeEach(() => {
    changes = [];
    slowMs = undefined;
    now = START;
    watch = new ModelWatch(
      'm',
      START,
      (change) => changes.push(change),
      () => slowMs,
    );
  });

  const succeed = (durationMs = 100, firstTokenMs?: number) =>
    watch.success((now += SECOND / 10), durationMs, firstTokenMs);
  const fail = (code: ErrorCode = 'upstream_error', isRefused = false) =>
    watch.failure((now += SECOND / 10), code, isRefused);
  const check = (kind: CheckKind, code?: ErrorCode) =>
    watch.checked({
      kind,
      code,
      atMs: (now += SECOND / 10),
      durationMs: 5,
      isCredentialRefused: code === 'upstream_login_failed',
    });
  const state = () => watch.verdict(now).state;

  it('begins with never seen, since the start', () => {
    expect(watch.verdict(now)).toEqual({ state: 'never_seen', sinceMs: START, code: undefined });
    expect(changes).toEqual([]);
  });

  it('trusts a single failure if nothing else is known, and the next success', () => {
    fail('connect_timeout');
    expect(watch.verdict(now)).toEqual({ state: 'failing', sinceMs: now, code: 'connect_timeout' });
    succeed();
    expect(watch.verdict(now)).toEqual({ state: 'ok', sinceMs: now, code: undefined });
    expect(changes.map(({ from, to, code }) => [from, to, code])).toEqual([
      ['never_seen', 'failing', 'connect_timeout'],
      ['failing', 'ok', undefined],
    ]);
  });

  it('takes one failure among many good calls for an accident, three in a row not', () => {
    for (let call = 0; call < 20; call++) succeed();
    fail();
    fail();
    expect(state()).toBe('ok');
    expect(watch.seen).toMatchObject({ status: 'unavailable', lastError: 'upstream_error' });
    fail();
    expect(state()).toBe('failing');
  });

  it('does not take one success among many failures for recovery, three in a row do', () => {
    for (let call = 0; call < 20; call++) fail();
    succeed();
    succeed();
    expect(state()).toBe('failing');
    succeed();
    expect(state()).toBe('ok');
    expect(changes).toHaveLength(2);
  });

  it('distinguishes refused credentials from other failures', () => {
    fail('upstream_login_failed', true);
    expect(state()).toBe('credentials_refused');
    fail('upstream_login_failed', false);
    expect(state()).toBe('failing');
  });

  it('keeps the reason when the circuit opens', () => {
    fail('upstream_unreachable');
    fail('circuit_open');
    expect(watch.verdict(now).code).toBe('upstream_unreachable');
    expect(watch.figures(now, 5)).toMatchObject({ requests: 2, errors: 2 });
  });

  it('is slow when clients wait much longer than within the hour before', () => {
    for (let call = 0; call < 20; call++) succeed(2000, 200);
    now += 10 * MINUTE;
    for (let call = 0; call < 3; call++) succeed(9000, 900);
    expect(state()).toBe('ok');
    now += 10 * SECOND;
    for (let call = 0; call < 4; call++) succeed(9000, 1800);
    now += 10 * SECOND;
    expect(state()).toBe('slow');
    now += 6 * MINUTE;
    expect(state()).toBe('ok');
    expect(changes.map(({ to }) => to)).toEqual(['ok', 'slow', 'ok']);
  });

  it('is slow from slow_seconds on, if it is set, and never with 0', () => {
    slowMs = 500;
    for (let call = 0; call < 3; call++) succeed(800);
    now += 10 * SECOND;
    expect(state()).toBe('slow');
    slowMs = 0;
    now += 10 * SECOND;
    expect(state()).toBe('ok');
  });

  it.each<[CheckKind, ErrorCode, boolean]>([
    ['tcp', 'upstream_unreachable', true],
    ['http', 'connect_timeout', true],
    ['tcp', 'upstream_error', false],
    ['login', 'upstream_login_failed', true],
    ['login', 'upstream_error', false],
    ['models', 'upstream_auth_failed', true],
    ['models', 'first_byte_timeout', false],
    ['chat', 'first_byte_timeout', true],
  ])('a %s check that succeeds after a call met %s: proof of recovery is %s', (kind, code, isProof) => {
    fail(code);
    check(kind);
    expect(state()).toBe(isProof ? 'ok' : 'failing');
  });

  it('relies on probes if there are no calls, and does not count them as calls', () => {
    check('tcp');
    expect(state()).toBe('ok');
    check('http', 'upstream_error');
    expect(watch.verdict(now)).toMatchObject({ state: 'ok' });
    check('http', 'upstream_error');
    check('http', 'upstream_error');
    expect(watch.verdict(now)).toMatchObject({ state: 'failing', code: 'upstream_error' });
    check('tcp');
    expect(state()).toBe('failing');
    check('http');
    expect(state()).toBe('ok');
    expect(watch.figures(now, 60)?.requests ?? 0).toBe(0);
    expect(watch.isHealthySince(START)).toBe(false);
    succeed();
    expect(watch.isHealthySince(now - 1)).toBe(true);
    expect(watch.isHealthySince(now + 1)).toBe(false);
  });
});
