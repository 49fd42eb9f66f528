import { until } from '../support/start-gateway.js';
import {
  type Handler,
  a,
  ask,
  b,
  gateway,
  lastLine,
  ok,
  openTwoServices,
  single,
  start,
  status,
  wordsOf,
} from '../support/two-services.js';

openTwoServices();

describe('a call that fails before its first byte', () => {
  it.each<[string, Handler]>([
    ['a connection that breaks', ({ res }) => res.destroy()],
    ['408', status(408)],
    ['429', status(429)],
    ['500', status(500)],
    ['503', status(503)],
    [
      'half an answer',
      ({ res }) => void (res.writeHead(200, { 'content-length': '999' }), res.write('{'), res.destroy()),
    ],
    ['an error under 200', status(200)],
  ])('is tried once more at the same deployment: %s', async (_case, handler) => {
    await single();
    a.handle((call) => (a.calls.length === 1 ? handler(call) : ok('again')(call)));
    const response = await ask();
    expect([response.status, await wordsOf(response)]).toEqual([200, 'again']);
    expect(response.headers.get('x-gateway-attempts')).toBe('2');
    expect(a.calls).toHaveLength(2);
    await until(() => gateway!.log().some(({ message }) => message === 'request'), 'a log line');
    expect(lastLine()).toMatchObject({ attempts: 2, status: 200 });
  });

  it.each<[string, Handler, number]>([
    ['400', status(400), 400],
    ['422', status(422), 422],
    ['401', status(401), 500],
    ['404', status(404), 500],
    ['an error under 200 that says 400', status(200, {}, { error: { message: 'no', code: 400 } }), 500],
    [
      'a page of HTML',
      ({ res }) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      500,
    ],
  ])('is not retried if a retry cannot help: %s', async (_case, handler, expected) => {
    await single();
    a.handle(handler);
    const response = await ask();
    expect(response.status).toBe(expected);
    expect(response.headers.get('x-gateway-attempts')).toBe('1');
    expect(a.calls).toHaveLength(1);
  });

  it('sends x-should-retry: false when the retries are spent', async () => {
    await single({ retry: { max_retries: 2 } });
    a.handle(status(500));
    const response = await ask();
    expect(response.status).toBe(500);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('x-gateway-attempts')).toBe('3');
    expect(a.calls).toHaveLength(3);
  });

  it('lets SDKs retry when it was tried once only', async () => {
    await single({ retry: { max_retries: 0 } });
    a.handle(status(500));
    const response = await ask();
    expect(response.headers.has('x-should-retry')).toBe(false);
    expect(response.headers.get('x-gateway-attempts')).toBe('1');
  });

  it('waits for a short Retry-After, and not for a long one', async () => {
    await single({ retry: { max_retry_after_seconds: 1 } });
    a.handle((call) =>
      a.calls.length === 1 ? status(429, { 'retry-after-ms': '300' })(call) : ok('a')(call),
    );
    const startedAt = performance.now();
    expect(await wordsOf(await ask())).toBe('a');
    expect(performance.now() - startedAt).toBeGreaterThan(290);
    a.calls.length = 0;
    a.handle(status(429, { 'retry-after': '30' }));
    const response = await ask();
    expect([response.status, response.headers.get('retry-after'), a.calls.length]).toEqual([429, '30', 1]);
    // For that long nobody calls there.
    const next = await ask();
    expect([next.status, await wordsOf(next), a.calls.length]).toEqual([500, 'error circuit_open', 1]);
    expect(Number(next.headers.get('retry-after'))).toBeGreaterThan(25);
  });

  it('ends its wait when the client leaves', async () => {
    await single({ retry: { max_retry_after_seconds: 60 } });
    a.handle(status(429, { 'retry-after': '50' }));
    const leave = new AbortController();
    const call = ask({}, leave.signal);
    await until(() => a.calls.length === 1);
    leave.abort();
    await expect(call).rejects.toThrow();
    await until(() => gateway!.running.count === 0, 'the end of the call', 2000);
  });

  it('costs a budget that all calls share, so that a dying upstream is not hammered', async () => {
    await single({ breaker: { enabled: false } }, { retry: { budget_percent: 10, max_retries: 3 } });
    a.handle(status(500));
    for (let count = 0; count < 100; count++) await (await ask()).text();
    // 100 calls, 10 % of them, and the reserve of 10.
    expect(a.calls.length).toBeGreaterThan(105);
    expect(a.calls.length).toBeLessThanOrEqual(121);
  });

  it('costs that budget at another deployment, if that one fails as well', async () => {
    await start({ breaker: { enabled: false } }, { retry: { budget_percent: 0 } });
    for (const one of [a, b]) one.handle(status(500));
    for (let count = 0; count < 30; count++) await (await ask()).text();
    // The reserve of 10, and the first one, which nobody knew of.
    expect([a.calls.length, b.calls.length]).toEqual([30, 11]);
  });

  it('is not tried again at a deployment that has used up its time', async () => {
    await single({ timeouts: { total_seconds: 0.3 } });
    a.handle(() => undefined);
    expect(await wordsOf(await ask())).toBe('error total_timeout');
    expect(a.calls).toHaveLength(1);
  });
});
