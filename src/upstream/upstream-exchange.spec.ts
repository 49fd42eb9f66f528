import { type Dispatcher } from 'undici';
import { TimeoutsConfig } from '../config/timeouts.config.js';
import { UpstreamExchange } from './upstream-exchange.js';

const controller = { resume: () => undefined, pause: () => undefined, abort: () => undefined };
const timeouts: TimeoutsConfig = Object.assign(new TimeoutsConfig(), { connect_seconds: 5 });

describe("an exchange's connect clock", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('runs while no connection is there, and stops when one is', async () => {
    const waiting = new UpstreamExchange(timeouts, false);
    waiting.dispatched();
    jest.advanceTimersByTime(4999);
    const connected = new UpstreamExchange(timeouts, false);
    connected.dispatched();
    connected.onRequestStart(controller as unknown as Dispatcher.DispatchController);
    jest.advanceTimersByTime(1);
    await expect(waiting.accepted).rejects.toMatchObject({ code: 'connect_timeout' });
    jest.advanceTimersByTime(60_000);
    connected.onResponseStart(undefined, 200, {});
    await expect(connected.accepted).resolves.toBe(connected);
    connected.onResponseEnd();
  });

  it('is not even made where a connection was free', () => {
    const exchange = new UpstreamExchange(timeouts, false);
    exchange.onRequestStart(controller as unknown as Dispatcher.DispatchController);
    const before = jest.getTimerCount();
    exchange.dispatched();
    expect(jest.getTimerCount()).toBe(before);
    exchange.onResponseEnd();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is not made for a call that has failed already', () => {
    const exchange = new UpstreamExchange(timeouts, false);
    exchange.accepted.catch(() => undefined);
    exchange.onResponseError(undefined, new Error('no such host'));
    exchange.dispatched();
    expect(jest.getTimerCount()).toBe(0);
  });
});
