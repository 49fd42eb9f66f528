import { until } from '../support/start-gateway.js';
import { type UpstreamCall, beginStream, chunkEvent } from '../support/start-upstream.js';
import {
  a,
  ask,
  gateway,
  ok,
  openTwoServices,
  single,
  start,
  stateOf,
  status,
  wordsOf,
} from '../support/two-services.js';

openTwoServices();

describe('a circuit breaker', () => {
  const BREAKER = { min_requests: 4, window_seconds: 30, open_seconds: 1 };

  it('opens, lets one call through after a while, and closes when that went well', async () => {
    await single({ breaker: BREAKER, retry: { max_retries: 0 } });
    a.handle(status(500));
    for (let count = 0; count < 4; count++) expect(await wordsOf(await ask())).toBe('error upstream_error');
    const refused = await ask();
    expect(await wordsOf(refused)).toBe('error circuit_open');
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('x-gateway-attempts')).toBe('0');
    expect(a.calls).toHaveLength(4);
    const held: UpstreamCall[] = [];
    a.handle((call) => void held.push(call));
    await until(() => stateOf('deployment-1') === 'half_open');
    const words: string[] = [];
    const calls = Array.from({ length: 10 }, async () => words.push(await wordsOf(await ask())));
    await until(() => words.length === 9);
    expect(held).toHaveLength(1);
    a.handle(ok('well'));
    ok('probe')(held[0]!);
    await Promise.all(calls);
    expect(words).toEqual([...Array<string>(9).fill('error circuit_open'), 'probe']);
    expect(await wordsOf(await ask())).toBe('well');
    const lines = gateway!.log().filter(({ message }) => message.startsWith('circuit breaker'));
    expect(lines.map(({ message, model, deployment }) => [message, model, deployment])).toEqual([
      ['circuit breaker opened', 'm', 'deployment-1'],
      ['circuit breaker half-open', 'm', 'deployment-1'],
      ['circuit breaker closed', 'm', 'deployment-1'],
    ]);
  });

  it('never opens for what clients do wrong, for limits, or for clients that leave', async () => {
    await single({ breaker: BREAKER, retry: { max_retries: 0 } });
    for (const code of [400, 422, 429, 401]) {
      a.handle(status(code));
      for (let count = 0; count < 6; count++)
        expect(await wordsOf(await ask())).not.toBe('error circuit_open');
    }
    a.handle(() => undefined);
    for (let count = 1; count <= 6; count++) {
      const leave = new AbortController();
      const call = ask({}, leave.signal);
      await until(() => a.calls.length === 24 + count);
      leave.abort();
      await expect(call).rejects.toThrow();
    }
    a.handle(ok('a'));
    expect(await wordsOf(await ask())).toBe('a');
  });

  it('keeps calls from a bad deployment, and a model test closes it', async () => {
    await start({ breaker: { ...BREAKER, open_seconds: 60 }, retry: { max_retries: 1 } });
    a.handle(status(500));
    for (let count = 0; count < 10; count++) expect(await wordsOf(await ask())).toBe('b');
    expect(a.calls).toHaveLength(4);
    a.handle(ok('a'));
    const test = await fetch(`${gateway!.url}/v1/models/m/test`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test-caller-key-0001' },
    });
    // Each deployment is tested, one call for each.
    expect([await test.json(), test.headers.get('x-gateway-attempts')]).toMatchObject([
      { status: 'available', response: 'a', deployments: [{ name: 'a' }, { name: 'b' }] },
      '2',
    ]);
    expect(await wordsOf(await ask())).toBe('a');
  });

  it.each([false, true])('counts a good response once (stream: %s)', async (stream) => {
    await single({ breaker: BREAKER, retry: { max_retries: 0 } });
    for (let count = 0; count < 2; count++) await (await ask({ stream })).text();
    a.handle(status(500));
    for (let count = 0; count < 2; count++) expect(await wordsOf(await ask())).toBe('error upstream_error');
    // Two of four are the half.
    expect(await wordsOf(await ask())).toBe('error circuit_open');
  });

  it('that opens while a call waits for its retry stops that as well', async () => {
    await single({ breaker: { ...BREAKER, min_requests: 2, open_seconds: 60 } });
    a.handle(status(503, { 'retry-after-ms': '300' }));
    const waiting = ask();
    await until(() => gateway!.running.count === 1 && a.calls.length === 1);
    expect(await wordsOf(await ask())).toBe('error upstream_error');
    expect(await wordsOf(await waiting)).toBe('error upstream_error');
    expect(a.calls).toHaveLength(2);
  });

  it('opens for streams that break off half way: each is one call, and failed', async () => {
    await single({ breaker: { ...BREAKER, failure_percent: 60 }, retry: { max_retries: 0 } });
    a.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('some'), () => res.destroy());
    });
    for (let count = 0; count < 4; count++)
      expect(await (await ask({ stream: true })).text()).toContain('upstream_stream_interrupted');
    expect(await wordsOf(await ask({ stream: true }))).toBe('error circuit_open');
  });

  it('lets a model test through at an only deployment, too, which closes it', async () => {
    await single({ breaker: { ...BREAKER, open_seconds: 60 }, retry: { max_retries: 0 } });
    a.handle(status(500));
    for (let count = 0; count < 5; count++) await (await ask()).text();
    a.handle(ok('a'));
    expect(await wordsOf(await ask())).toBe('error circuit_open');
    const test = await fetch(`${gateway!.url}/v1/models/m/test`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test-caller-key-0001' },
    });
    expect(await test.json()).toMatchObject({ status: 'available' });
    expect(await wordsOf(await ask())).toBe('a');
  });
});
