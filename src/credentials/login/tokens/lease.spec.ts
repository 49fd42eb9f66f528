import { Lease } from './lease.js';
import { type SharedPause } from './shared-tokens.js';

const pauseOf = (reason: SharedPause['reason'], failures: number, forMs = 4000): SharedPause => ({
  reason,
  failures,
  untilMs: Date.now() + forMs,
  message: 'no',
});

describe('a lease that heeds the pause of another replica', () => {
  it.each([4000, -1000])('counts the refused tokens that led to it, %i ms before its end', (forMs) => {
    const lease = new Lease();
    lease.adoptPause(pauseOf('token', 1, forMs));
    expect(lease.refusals).toBe(2);
    lease.adoptPause(pauseOf('token', 3, forMs));
    expect(lease.refusals).toBe(4);
  });

  it('never counts fewer than it has met', () => {
    const lease = new Lease();
    lease.refusals = 5;
    lease.adoptPause(pauseOf('token', 1));
    expect(lease.refusals).toBe(5);
  });

  it.each(['login', 'put_off'] as const)('counts no token if the reason is %s', (reason) => {
    const lease = new Lease();
    lease.adoptPause(pauseOf(reason, 3));
    expect(lease.refusals).toBe(0);
  });
});
