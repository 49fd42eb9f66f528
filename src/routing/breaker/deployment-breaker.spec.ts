import { BreakerConfig } from '../../config/settings.js';
import { DeploymentBreaker, ORDINARY } from './deployment-breaker.js';

const SETTINGS = Object.assign(new BreakerConfig(), { min_requests: 4, window_seconds: 10, open_seconds: 5 });
const STATUS = { reason: 'upstream_error', isProvokable: true };
const NETWORK = { reason: 'upstream_unreachable', isProvokable: false };

let now: number;
let breaker: DeploymentBreaker;
let told: (string | undefined)[][];

beforeEach(() => {
  now = 1000;
  told = [];
  breaker = new DeploymentBreaker(SETTINGS, (state, _reason, _seconds, client) => told.push([state, client]));
});

const call = (client: string | undefined, failure?: typeof STATUS): void => {
  const passage = breaker.enter(++now, client);
  if (failure === undefined) breaker.succeeded(now, client, passage);
  else breaker.failed(now, passage, failure.reason, { client, isProvokable: failure.isProvokable });
};
const calls = (count: number, client: string | undefined, failure?: typeof STATUS): void => {
  for (let done = 0; done < count; done++) call(client, failure);
};
const allowed = (...clients: (string | undefined)[]): boolean[] =>
  clients.map((client) => breaker.allows(now, client));

describe('a breaker between clients', () => {
  it('opens only for the client whose requests get errors', () => {
    calls(2, 'b');
    calls(20, 'a', STATUS);
    expect(allowed('a', 'b', undefined)).toEqual([false, true, true]);
    expect([breaker.state(now), breaker.closedTo(now)]).toEqual(['closed', 1]);
    expect(told).toEqual([['open', 'a']]);
    expect([breaker.remainingMs(now), breaker.remainingMs(now, 'a')]).toEqual([0, expect.any(Number)]);
    calls(50, 'b');
    now += 5000;
    expect(allowed('a')).toEqual([true]);
    call('a');
    expect([breaker.closedTo(now), told.at(-1)]).toEqual([0, ['closed', 'a']]);
  });

  it('is not opened for others by a client that comes back again and again', () => {
    for (let round = 0; round < 20; round++) {
      calls(6, 'b');
      for (let tries = 0; tries < 20; tries++) if (breaker.allows(now, 'a')) call('a', STATUS);
      call('b');
      now += 1500;
    }
    call('b', STATUS);
    expect(allowed('b')).toEqual([true]);
    expect(told.filter(([, client]) => client !== 'a')).toEqual([]);
  });

  it('opens for all clients if only one client called', () => {
    calls(4, 'a', STATUS);
    expect([allowed('a', 'b'), told]).toEqual([[false, false], [['open', undefined]]]);
  });

  it('opens for all clients if several clients met errors', () => {
    for (let round = 0; round < 2; round++)
      for (const client of ['a', 'b', 'c']) if (breaker.allows(now, client)) call(client, STATUS);
    expect(allowed('a', 'b', 'c', 'd')).toEqual([false, false, false, false]);
  });

  it('opens for all by network errors of one client, and by the gateway’s own calls', () => {
    calls(4, 'b');
    calls(4, 'a', NETWORK);
    expect(allowed('a', 'b')).toEqual([false, false]);
    breaker = new DeploymentBreaker(SETTINGS);
    calls(2, 'b');
    calls(4, undefined, STATUS);
    expect(allowed('b')).toEqual([false]);
  });

  it('lets another client try at once when one has spoiled the trial', () => {
    calls(1, 'b', NETWORK);
    calls(4, 'a', NETWORK);
    expect(allowed('a', 'b')).toEqual([false, false]);
    now += 5000;
    breaker.refused(now, 'b');
    call('a', STATUS);
    expect([allowed('a', 'b'), breaker.state(now)]).toEqual([[false, true], 'half_open']);
    call('b');
    expect([allowed('a', 'b'), breaker.state(now)]).toEqual([[false, true], 'closed']);
  });

  it('stays open when the trials of two clients failed, or that of the only one', () => {
    calls(1, 'b', NETWORK);
    calls(4, 'a', NETWORK);
    now += 5000;
    breaker.refused(now, 'b');
    call('a', STATUS);
    call('b', STATUS);
    expect([allowed('c'), breaker.state(now)]).toEqual([[false], 'open']);
    now += 20_000;
    call('c', STATUS);
    expect([allowed('d'), breaker.state(now)]).toEqual([[false], 'open']);
  });

  it('stays quick and small with any number of clients', () => {
    const startedAt = performance.now();
    for (let client = 0; client < 2_000; client++) {
      calls(3, 'good');
      call(`client-${client}`, STATUS);
    }
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(breaker.enter(now, 'good')).toBe(ORDINARY);
    expect(told).toEqual([]);
  });
});
