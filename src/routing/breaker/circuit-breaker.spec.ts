import { BreakerConfig } from '../../config/settings.js';
import { CircuitBreaker } from './circuit-breaker.js';

const SETTINGS = Object.assign(new BreakerConfig(), { min_requests: 4, window_seconds: 10, open_seconds: 5 });

function broken(at = 1000): CircuitBreaker {
  const breaker = new CircuitBreaker(SETTINGS);
  for (let count = 0; count < 4; count++) breaker.failed(at, breaker.enter(at), 'upstream_error');
  return breaker;
}

describe('a circuit breaker', () => {
  it('opens at the share of failures, and not before enough calls', () => {
    const breaker = new CircuitBreaker(SETTINGS);
    for (let count = 0; count < 3; count++) breaker.failed(0, 'ordinary', 'x');
    expect(breaker.state(0)).toBe('closed');
    const mixed = new CircuitBreaker(SETTINGS);
    for (let count = 0; count < 5; count++) mixed.succeeded(0, 'ordinary');
    for (let count = 0; count < 4; count++) mixed.failed(0, 'ordinary', 'x');
    expect(mixed.state(0)).toBe('closed');
    mixed.failed(0, 'ordinary', 'x');
    expect(mixed.state(0)).toBe('open');
  });

  it('forgets what is older than its window', () => {
    const breaker = new CircuitBreaker(SETTINGS);
    for (let count = 0; count < 3; count++) breaker.failed(0, 'ordinary', 'x');
    breaker.failed(20_000, 'ordinary', 'x');
    expect(breaker.state(20_000)).toBe('closed');
  });

  it('lets one trial through at a time, and its outcome decides', () => {
    const breaker = broken();
    expect([breaker.enter(5999), breaker.remainingMs(1000)]).toEqual(['refused', 5000]);
    expect(breaker.state(6000)).toBe('half_open');
    expect([breaker.enter(6000), breaker.enter(6000)]).toEqual(['trial', 'refused']);
    breaker.failed(6100, 'trial', 'x');
    expect([breaker.state(6100), breaker.enter(11_099), breaker.enter(11_100)]).toEqual([
      'open',
      'refused',
      'trial',
    ]);
    breaker.succeeded(11_200, 'trial');
    expect([breaker.state(11_200), breaker.enter(11_200)]).toEqual(['closed', 'ordinary']);
  });

  it('allows another trial after an inconclusive one', () => {
    const breaker = broken();
    expect(breaker.enter(6000)).toBe('trial');
    breaker.inconclusive('trial');
    expect(breaker.enter(6001)).toBe('trial');
  });

  it('is not closed by calls that began before it opened', () => {
    const breaker = broken();
    breaker.succeeded(1001, 'ordinary');
    expect(breaker.state(1001)).toBe('open');
    breaker.succeeded(1001, 'ordinary', true);
    expect(breaker.state(1001)).toBe('closed');
  });

  it('is not kept open longer by late failures of calls that began before it opened', () => {
    const breaker = broken();
    for (let count = 0; count < 10; count++) {
      breaker.failed(5000, 'ordinary', 'x');
      breaker.failed(5000, 'ordinary', 'x', 60_000);
      breaker.relapsed(5000, 'x');
    }
    expect(breaker.remainingMs(5000)).toBe(1000);
    expect(breaker.enter(6000)).toBe('trial');
  });

  it('lets the test of an operator through, which does not count as the trial', () => {
    const breaker = broken();
    expect(breaker.enter(1001, true)).toBe('ordinary');
    expect(breaker.enter(6000)).toBe('trial');
    expect(breaker.enter(6000, true)).toBe('ordinary');
  });

  it('stays open for as long as the upstream asks, up to five minutes', () => {
    const breaker = new CircuitBreaker(SETTINGS);
    breaker.failed(0, 'ordinary', 'x', 60_000);
    expect(breaker.remainingMs(0)).toBe(60_000);
    const absurd = new CircuitBreaker(SETTINGS);
    absurd.failed(0, 'ordinary', 'x', 1e9);
    expect(absurd.remainingMs(0)).toBe(300_000);
  });

  it('counts a response that was cut off as a failure', () => {
    const breaker = new CircuitBreaker(SETTINGS);
    for (let count = 0; count < 4; count++) {
      breaker.succeeded(0, 'ordinary');
      breaker.relapsed(0, 'upstream_stream_interrupted');
    }
    expect(breaker.state(0)).toBe('open');
  });

  it('never opens when switched off', () => {
    const breaker = new CircuitBreaker(
      Object.assign(new BreakerConfig(), { enabled: false, min_requests: 1 }),
    );
    for (let count = 0; count < 50; count++) breaker.failed(0, 'ordinary', 'x', 60_000);
    expect(breaker.enter(0)).toBe('ordinary');
  });
});
