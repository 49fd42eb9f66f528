import { ModelRegistry } from '../../src/models/model-registry.js';
import { type BreakerState } from '../../src/routing/circuit-breaker.js';
import { readSse } from '../support/read-sse.js';
import { type TestConfig, type TestGateway, startGateway, until } from '../support/start-gateway.js';
import {
  type TestUpstream,
  type UpstreamCall,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';

type Handler = (call: UpstreamCall) => unknown;

let a: TestUpstream;
let b: TestUpstream;
let gateway: TestGateway | undefined;

beforeEach(async () => {
  a = await startUpstream(ok('a'));
  b = await startUpstream(ok('b'));
});
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
  await Promise.all([a.close(), b.close()]);
});

const QUICK = { backoff_seconds: 0.001, max_backoff_seconds: 0.01 };

function ok(name: string): Handler {
  return ({ res, body }) => {
    if (!body.toString().includes('"stream":true')) sendJson(res, completion(name));
    else {
      beginStream(res);
      res.end(`${chunkEvent(name)}${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    }
  };
}

const status = (
  code: number,
  headers: Record<string, string> = {},
  body: unknown = { error: {} },
): Handler => {
  return ({ res }) => {
    res.writeHead(code, { 'content-type': 'application/json', ...headers });
    res.end(JSON.stringify(body));
  };
};

/** Two deployments behind `m`, the first one preferred. */
async function start(
  model: Record<string, unknown> = {},
  content: Partial<TestConfig> = {},
  more: Record<string, unknown>[] = [],
): Promise<TestGateway> {
  gateway = await startGateway({
    ...content,
    retry: { ...QUICK, ...content.retry },
    models: {
      openai: [
        {
          name: 'm',
          deployments: [
            { name: 'a', base_url: a.url },
            { name: 'b', base_url: b.url, weight: 0 },
          ],
          ...model,
        },
        ...more,
      ],
    },
  });
  return gateway;
}

/** One deployment only. */
const single = (
  model: Record<string, unknown> = {},
  content: Partial<TestConfig> = {},
  more = [] as Record<string, unknown>[],
) => start({ deployments: undefined, base_url: a.url, ...model }, content, more);

const ask = (extra: Record<string, unknown> = {}, signal?: AbortSignal) =>
  gateway!.chat({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...extra }, { signal });

async function wordsOf(response: Response): Promise<string> {
  const body = (await response.json()) as {
    choices?: [{ message: { content: string } }];
    error?: { code: string };
  };
  return body.choices?.[0].message.content ?? `error ${body.error?.code}`;
}

/** As `/v1/health/models` tells it. */
const stateOf = (deployment: string): BreakerState =>
  gateway!.app
    .get(ModelRegistry)
    .get('m')
    .deployments.find(({ name }) => name === deployment)!
    .state.breaker.state(performance.now());

const lastLine = () => gateway!.log().findLast(({ message }) => message === 'request')!;

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
  ])('is tried once more at the same place: %s', async (_case, handler) => {
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
    [
      'a page of HTML',
      ({ res }) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      500,
    ],
  ])('is not tried again where that cannot help: %s', async (_case, handler, expected) => {
    await single();
    a.handle(handler);
    const response = await ask();
    expect(response.status).toBe(expected);
    expect(response.headers.get('x-gateway-attempts')).toBe('1');
    expect(a.calls).toHaveLength(1);
  });

  it('tells SDKs to leave it when the retries are spent', async () => {
    await single({ retry: { max_retries: 2 } });
    a.handle(status(500));
    const response = await ask();
    expect(response.status).toBe(500);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('x-gateway-attempts')).toBe('3');
    expect(a.calls).toHaveLength(3);
  });

  it('leaves the SDKs free when it was tried once only', async () => {
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

  it('ends its wait when the caller leaves', async () => {
    await single({ retry: { max_retry_after_seconds: 60 } });
    a.handle(status(429, { 'retry-after': '50' }));
    const leave = new AbortController();
    const call = ask({}, leave.signal);
    await until(() => a.calls.length === 1);
    leave.abort();
    await expect(call).rejects.toThrow();
    await until(() => gateway!.drain.runningCount === 0, 'the end of the call', 2000);
  });

  it('costs a budget that all calls share, so that a dying upstream is not hammered', async () => {
    await single({ breaker: { enabled: false } }, { retry: { budget_percent: 10, max_retries: 3 } });
    a.handle(status(500));
    for (let count = 0; count < 100; count++) await (await ask()).text();
    // 100 calls, 10 % of them, and the reserve of 10.
    expect(a.calls.length).toBeGreaterThan(105);
    expect(a.calls.length).toBeLessThanOrEqual(121);
  });
});

describe('deployments', () => {
  it('share the calls by weight', async () => {
    await start({
      deployments: [{ base_url: a.url, weight: 3 }, { base_url: b.url }],
    });
    for (let count = 0; count < 40; count++) await (await ask()).text();
    expect([a.calls.length, b.calls.length]).toEqual([30, 10]);
  });

  it('have own keys, names and headers over what they share', async () => {
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
  ])('stand in for one that %s', async (_case, handler, error) => {
    await start({ timeouts: { total_seconds: 0.3 } });
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

  it('get no second chance for what the caller did wrong', async () => {
    await start();
    a.handle(status(400));
    expect((await ask()).status).toBe(400);
    expect(b.calls).toHaveLength(0);
  });
});

describe('fallbacks', () => {
  const small = () => ({ name: 'small', base_url: b.url });

  it('take over, and the answer says how many attempts it took', async () => {
    await single({ fallbacks: ['small'] }, {}, [small()]);
    a.handle(status(500));
    const response = await ask();
    expect([response.status, await wordsOf(response), response.headers.get('x-gateway-attempts')]).toEqual([
      200,
      'b',
      '3',
    ]);
    expect(JSON.parse(b.calls[0]!.body.toString())).toMatchObject({ model: 'small' });
  });

  it('take over for a key that may not call them itself', async () => {
    await single(
      { fallbacks: ['small'] },
      { auth: { api_keys: [{ name: 'narrow', key: 'sk-narrow-key-1', models: ['m'] }] } },
      [small()],
    );
    a.handle(status(500));
    const body = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
    expect((await gateway!.chat(body, { key: 'sk-narrow-key-1' })).status).toBe(200);
  });

  it.each<[string, string, Handler, boolean]>([
    ['429', '429', status(429), true],
    ['429', '5xx', status(500), false],
    ['unreachable', 'unreachable', ({ res }) => res.destroy(), true],
    [
      'context_length',
      'the code',
      status(400, {}, { error: { code: 'context_length_exceeded', message: 'too long' } }),
      true,
    ],
    [
      'context_length',
      'the words',
      status(400, {}, { error: { message: "This model's maximum context length is 4096 tokens." } }),
      true,
    ],
    ['context_length', 'another 400', status(400, {}, { error: { message: 'no' } }), false],
    ['5xx', 'context length', status(400, {}, { error: { code: 'context_length_exceeded' } }), false],
  ])('on %s: %s', async (on, _case, handler, isTaken) => {
    await single({ fallbacks: [{ model: 'small', on: [on] }], retry: { max_retries: 0 } }, {}, [small()]);
    a.handle(handler);
    expect((await ask()).status === 200).toBe(isTaken);
    expect(b.calls).toHaveLength(isTaken ? 1 : 0);
  });

  it('of fallbacks follow, each once', async () => {
    await single({ fallbacks: ['small', 'last'], retry: { max_retries: 0 } }, {}, [
      { ...small(), model_name: 'two', fallbacks: ['last'] },
      { name: 'last', base_url: b.url, model_name: 'three' },
    ]);
    a.handle(status(500));
    b.handle(status(500));
    const response = await ask();
    expect([response.status, response.headers.get('x-gateway-attempts')]).toEqual([500, '3']);
    expect(b.calls.map(({ body }) => (JSON.parse(body.toString()) as { model: string }).model)).toEqual([
      'two',
      'three',
    ]);
  });
});

describe('a circuit breaker', () => {
  const BREAKER = { min_requests: 4, window_seconds: 30, open_seconds: 0.3 };

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

  it('never opens for what callers do wrong, for limits, or for callers that leave', async () => {
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
    expect([await test.json(), test.headers.get('x-gateway-attempts')]).toMatchObject([
      { status: 'available', response: 'a' },
      '1',
    ]);
    expect(await wordsOf(await ask())).toBe('a');
  });
});

describe('the commit point of a stream', () => {
  const stream = async (extra = {}) => readSse(await ask({ stream: true, ...extra }));

  it.each<[string, Handler]>([
    [
      'breaks off',
      ({ res }) => {
        beginStream(res);
        res.write(': hello\n\n', () => res.destroy());
      },
    ],
    [
      'ends',
      ({ res }) => {
        beginStream(res);
        res.end();
      },
    ],
    [
      'begins with an error',
      ({ res }) => {
        beginStream(res);
        res.end('data: {"error":{"message":"no"}}\n\n');
      },
    ],
    [
      'stalls',
      ({ res }) => {
        beginStream(res);
        res.write(': hello\n\n');
      },
    ],
    [
      'says half an event',
      ({ res }) => {
        beginStream(res);
        res.write('data: {"cho', () => res.destroy());
      },
    ],
  ])('lets another deployment stand in for one that says 200 and %s', async (_case, handler) => {
    await start({ commit_wait_seconds: 0.2 });
    a.handle(handler);
    expect(await stream()).toMatchObject({ content: 'b', isDone: true, error: undefined });
    expect(a.calls).toHaveLength(1);
    await until(
      () => a.calls[0]!.res.destroyed || a.calls[0]!.res.writableFinished,
      'the end of the first call',
    );
  });

  it('forwards what was held as it came, comments included', async () => {
    await start();
    const text = `: one\r\n\r\n: two\n\n${chunkEvent('a').replaceAll('\n', '\r\n')}${chunkEvent('', 'stop')}data: [DONE]\n\n`;
    a.handle(({ res }) => {
      beginStream(res);
      for (const byte of text.slice(0, 40)) res.write(byte);
      res.end(text.slice(40));
    });
    expect(await (await ask({ stream: true })).text()).toBe(text);
  });

  it('does not wait for a stalled stream that nobody can replace', async () => {
    await single({ commit_wait_seconds: 0.1 });
    a.handle(({ res }) => beginStream(res));
    const response = await ask({ stream: true });
    expect(response.status).toBe(200);
    expect(a.calls).toHaveLength(1);
    const { res } = a.calls[0]!;
    res.end(`${chunkEvent('late')}${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    expect(await response.text()).toContain('late');
  });

  it('lets the head go at once when no attempt may follow', async () => {
    await single({ retry: { max_retries: 0 } });
    a.handle(({ res }) => beginStream(res));
    const response = await ask({ stream: true });
    expect(response.status).toBe(200);
    a.calls[0]!.res.destroy();
    expect(await response.text()).toContain('upstream_stream_interrupted');
  });

  it('is a JSON error with a true status when all attempts failed before', async () => {
    await single();
    a.handle((call) => (a.calls.length === 1 ? call.res.destroy() : status(503)(call)));
    const response = await ask({ stream: true });
    expect([response.status, response.headers.get('x-gateway-attempts')]).toEqual([500, '2']);
  });

  it('is passed once: what breaks off afterwards is told inside the stream', async () => {
    await start();
    a.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('some'), () => res.destroy());
    });
    expect(await stream()).toMatchObject({
      content: 'some',
      isDone: false,
      error: { code: 'upstream_stream_interrupted' },
    });
    expect(b.calls).toHaveLength(0);
  });
});

describe('limits', () => {
  it('let calls wait for their turn, first come first served', async () => {
    await single({ limits: { max_concurrent: 1, max_queued: 2 } });
    const order: string[] = [];
    const held: UpstreamCall[] = [];
    a.handle((call) => {
      order.push((JSON.parse(call.body.toString()) as { user: string }).user);
      held.push(call);
    });
    const first = ask({ user: '1', stream: true });
    await until(() => held.length === 1);
    const leave = new AbortController();
    const second = ask({ user: '2' }, leave.signal);
    await until(() => gateway!.drain.runningCount === 2);
    const third = ask({ user: '3' });
    await until(() => gateway!.drain.runningCount === 3);
    const full = await ask({ user: '4' });
    expect([full.status, full.headers.get('retry-after'), await wordsOf(full)]).toEqual([
      429,
      '1',
      'error queue_full',
    ]);
    leave.abort();
    await expect(second).rejects.toThrow();
    await until(() => gateway!.drain.runningCount === 2);
    const fifth = ask({ user: '5' });
    await until(() => gateway!.drain.runningCount === 3);
    // A stream keeps its place to its end.
    beginStream(held[0]!.res);
    held[0]!.res.write(chunkEvent('x'));
    const reader = await first;
    expect(order).toEqual(['1']);
    held[0]!.res.end(`${chunkEvent('', 'stop')}data: [DONE]\n\n`);
    await reader.text();
    await until(() => held.length === 2);
    ok('3')(held[1]!);
    expect(await wordsOf(await third)).toBe('3');
    await until(() => held.length === 3);
    ok('5')(held[2]!);
    expect(await wordsOf(await fifth)).toBe('5');
    expect(order).toEqual(['1', '3', '5']);
  });

  it('end the wait after max_queue_seconds', async () => {
    await single({ limits: { max_concurrent: 1, max_queue_seconds: 0.1 } });
    a.handle(() => undefined);
    const leave = new AbortController();
    const first = ask({}, leave.signal);
    await until(() => a.calls.length === 1);
    expect(await wordsOf(await ask())).toBe('error queue_full');
    leave.abort();
    await expect(first).rejects.toThrow();
  });

  it('bound answers and events', async () => {
    await single({ limits: { answer: 2000, event: 2000 } });
    a.handle(({ res }) => sendJson(res, completion('x'.repeat(3000))));
    expect(await wordsOf(await ask())).toBe('error upstream_invalid_response');
    a.handle(({ res }) => void (beginStream(res), res.write(`data: ${'x'.repeat(3000)}`)));
    expect(await (await ask({ stream: true })).text()).toContain('An event is longer than 2000 bytes.');
  });
});

describe('a caller that leaves', () => {
  const usage = `data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}\n\n`;

  it('does not end the call of a model that finishes', async () => {
    await single({ on_client_disconnect: 'finish' });
    a.handle(({ res }) => void (beginStream(res), res.write(chunkEvent('x'))));
    const leave = new AbortController();
    const response = await ask({ stream: true }, leave.signal);
    await response.body!.getReader().read();
    leave.abort();
    // A drain waits for it, too.
    const drained = gateway!.beginDrain(0, 5);
    await until(() => gateway!.drain.phase === 'refusing');
    expect(gateway!.drain.runningCount).toBe(1);
    const { res } = a.calls[0]!;
    expect(res.destroyed).toBe(false);
    for (let count = 0; count < 200; count++) res.write(chunkEvent('y'.repeat(16_384)));
    res.end(`${chunkEvent('', 'stop')}${usage}data: [DONE]\n\n`);
    await drained;
    expect(res.writableFinished).toBe(true);
    expect(lastLine()).toMatchObject({ status: 499, completion_tokens: 5, attempts: 1 });
  });

  it('ends that of any other', async () => {
    await single();
    a.handle(({ res }) => void (beginStream(res), res.write(chunkEvent('x'))));
    const leave = new AbortController();
    const response = await ask({ stream: true }, leave.signal);
    await response.body!.getReader().read();
    leave.abort();
    await until(() => a.calls[0]!.res.destroyed, 'the end of the upstream call', 1000);
  });
});
