import { StopSignals } from './stop-signals.js';

describe('StopSignals', () => {
  const before = new Set(process.listeners('SIGTERM').concat(process.listeners('SIGINT')));

  afterEach(() => {
    jest.useRealTimers();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      for (const listener of process.listeners(signal))
        if (!before.has(listener)) process.off(signal, listener);
    }
  });

  it('takes a signal within a second for the echo of the first', async () => {
    jest.useFakeTimers();
    const stop = new StopSignals();
    const seconds: string[] = [];
    void stop.second.then((signal) => seconds.push(signal));
    process.emit('SIGINT', 'SIGINT');
    process.emit('SIGTERM', 'SIGTERM');
    jest.advanceTimersByTime(999);
    process.emit('SIGTERM', 'SIGTERM');
    expect(await stop.first).toBe('SIGINT');
    await Promise.resolve();
    expect(seconds).toEqual([]);
    jest.advanceTimersByTime(1);
    process.emit('SIGTERM', 'SIGTERM');
    expect(await stop.second).toBe('SIGTERM');
  });
});
