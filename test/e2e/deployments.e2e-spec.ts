import { until } from '../support/start-gateway.js';
import { type UpstreamCall } from '../support/start-upstream.js';
import {
  type Handler,
  a,
  ask,
  b,
  gateway,
  ok,
  openTwoServices,
  start,
  status,
  wordsOf,
} from '../support/two-services.js';

openTwoServices();

describe('deployments', () => {
  it('share the calls by weight', async () => {
    await start({
      deployments: [{ base_url: a.url, weight: 3 }, { base_url: b.url }],
    });
    for (let count = 0; count < 40; count++) await (await ask()).text();
    expect([a.calls.length, b.calls.length]).toEqual([30, 10]);
  });

  it('override keys, names and headers that they share', async () => {
    await start({
      api_key: 'shared-key-1',
      headers: { 'x-team': 'red', 'x-site': 'one' },
      deployments: [
        { base_url: a.url, model_name: 'own-name', headers: { 'x-site': 'two' } },
        { base_url: b.url, api_key: 'other-key-2' },
      ],
    });
    await (await ask()).text();
    await (await ask()).text();
    expect(a.calls[0]!.headers).toMatchObject({
      authorization: 'Bearer shared-key-1',
      'x-team': 'red',
      'x-site': 'two',
    });
    expect(b.calls[0]!.headers).toMatchObject({
      authorization: 'Bearer other-key-2',
      'x-team': 'red',
      'x-site': 'one',
    });
    expect(JSON.parse(a.calls[0]!.body.toString())).toMatchObject({ model: 'own-name' });
    expect(JSON.parse(b.calls[0]!.body.toString())).toMatchObject({ model: 'm' });
  });

  it('that are less busy get the next call', async () => {
    await start({
      strategy: 'least_busy',
      deployments: [{ base_url: a.url }, { base_url: b.url }],
    });
    const held: UpstreamCall[] = [];
    for (const one of [a, b]) one.handle((call) => void held.push(call));
    const calls = Array.from({ length: 20 }, () => ask());
    await until(() => held.length === 20);
    expect([a.calls.length, b.calls.length]).toEqual([10, 10]);
    for (const call of held) ok('x')(call);
    for (const call of calls) await (await call).text();
  });

  it.each<[string, Handler, string]>([
    ['is gone', ({ res }) => res.destroy(), 'upstream_unreachable'],
    ['fails', status(500), 'upstream_error'],
    ['refuses the credential', status(401), 'upstream_auth_failed'],
    ['does not know the model', status(404), 'upstream_not_found'],
    ['has enough', status(429), 'upstream_rate_limited'],
    [
      'answers with HTML',
      ({ res }) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      'upstream_invalid_response',
    ],
    ['says nothing', () => undefined, 'total_timeout'],
  ])('replace one that %s', async (_case, handler, error) => {
    await start({ timeouts: { total_seconds: 1 } });
    a.handle(handler);
    const response = await ask();
    expect([response.status, await wordsOf(response)]).toEqual([200, 'b']);
    const health = (await (await gateway!.get('/v1/health/models')).json()) as {
      data: [{ deployments: { name: string; last_error: string | null; running: number }[] }];
    };
    expect(health.data[0].deployments).toMatchObject([
      { name: 'a', last_error: error, running: 0 },
      { name: 'b', last_error: null, running: 0 },
    ]);
  });

  it('are not retried after an error of the client', async () => {
    await start();
    a.handle(status(400));
    expect((await ask()).status).toBe(400);
    expect(b.calls).toHaveLength(0);
  });

  it('are not called during a pause that they asked for, if there is another', async () => {
    await start();
    a.handle(status(429, { 'retry-after': '5' }));
    for (let count = 0; count < 3; count++) expect(await wordsOf(await ask())).toBe('b');
    expect(a.calls).toHaveLength(1);
  });

  it('that all ask for a long pause are tried again after the shortest of them', async () => {
    await start();
    a.handle(status(429, { 'retry-after': '200' }));
    b.handle(status(429, { 'retry-after': '20' }));
    expect((await ask()).status).toBe(429);
    const refused = await ask();
    expect(await wordsOf(refused)).toBe('error circuit_open');
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(20);
    expect([a.calls.length, b.calls.length]).toEqual([1, 1]);
  });

  it('that all ask for a short pause are called all the same', async () => {
    await start({ retry: { max_retries: 1, max_retry_after_seconds: 5 } });
    for (const one of [a, b]) one.handle(status(429, { 'retry-after': '5' }));
    for (let count = 0; count < 2; count++) expect((await ask()).status).toBe(429);
    expect([a.calls.length, b.calls.length]).toEqual([2, 2]);
  });
});
