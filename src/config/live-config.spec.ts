import { GatewayConfig } from './gateway.config.js';
import { LiveConfig } from './live-config.js';

/** A configuration that can be told from others by its port. */
function configOf(port: number): GatewayConfig {
  const config = new GatewayConfig();
  config.server.port = port;
  return config;
}

describe('LiveConfig', () => {
  it('derives a value at once, and again from each configuration that follows', () => {
    const live = new LiveConfig(configOf(1));
    const seen: (number | undefined)[] = [];
    const port = live.derive<number>(({ server }, previous) => {
      seen.push(previous);
      return server.port;
    });
    expect(port.value).toBe(1);
    live.replace(configOf(2));
    live.replace(configOf(3));
    expect(port.value).toBe(3);
    expect(seen).toEqual([undefined, 1, 2]);
  });

  it('counts generations from 1, and gives the age of the current one', () => {
    const live = new LiveConfig(configOf(1));
    expect(live.generation).toBe(1);
    const clock = jest.spyOn(performance, 'now').mockReturnValue(1_000);
    live.replace(configOf(2));
    clock.mockReturnValue(3_500);
    expect([live.generation, live.ageSeconds]).toEqual([2, 2.5]);
    clock.mockRestore();
  });

  it('changes nothing when one part cannot be built', () => {
    const first = configOf(1);
    const live = new LiveConfig(first);
    const before = live.derive(({ server }) => server.port);
    live.derive(({ server }) => {
      if (server.port === 2) throw new Error('not this one');
    });
    const after = live.derive(({ server }) => server.port);
    const told: number[] = [];
    live.onReplaced(({ server }) => told.push(server.port));
    expect(() => live.replace(configOf(2))).toThrow('not this one');
    expect([before.value, after.value, live.generation, told]).toEqual([1, 1, 1, []]);
    expect(live.current).toBe(first);
  });

  it('notifies listeners once everything reads the new configuration', () => {
    const live = new LiveConfig(configOf(1));
    const told: unknown[] = [];
    live.onReplaced((config, previous) => {
      told.push([config.server.port, previous.server.port, live.current.server.port, port.value]);
    });
    const port = live.derive(({ server }) => server.port);
    live.replace(configOf(2));
    expect(told).toEqual([[2, 1, 2, 2]]);
  });
});
