import { KEY, call } from '../../../test/support/sandbox-faults.js';
import { FaultQueue } from './fault-queue.js';
import { Sandbox } from '../sandbox.js';
import { seededRandom } from './seeded-random.js';

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
});
afterEach(() => sandbox.close());

describe('ordering a fault', () => {
  it('applies to the first call that matches', async () => {
    sandbox.fail('no_done', 2);
    expect(sandbox.pendingFaults).toBe(1);
    expect((await call(sandbox, false)).response.statusCode).toBe(200);
    expect((await call(sandbox, true)).body.toString()).not.toContain('[DONE]');
    expect((await call(sandbox, true)).body.toString()).not.toContain('[DONE]');
    expect(sandbox.pendingFaults).toBe(0);
    sandbox.fail({ kind: 'status', status: 500 }, 1, { model: 'other' });
    expect((await call(sandbox, false)).response.statusCode).toBe(200);
    sandbox.clearFaults();
    expect(sandbox.pendingFaults).toBe(0);
    expect(() => sandbox.fail({ kind: 'cut', after: -1 })).toThrow('fault.after');
  });

  it('can apply to all calls', async () => {
    sandbox.fail({ kind: 'status', status: 418 }, Infinity);
    for (let i = 0; i < 3; i += 1) expect((await call(sandbox, false)).response.statusCode).toBe(418);
  });

  it('reaches the login and the list of models', async () => {
    sandbox.failLogin({ kind: 'status', status: 500 });
    sandbox.failLogin('gzip');
    sandbox.fail({ kind: 'status', status: 404 }, 1, { on: 'models' });
    const logIn = (password: string): Promise<Response> =>
      fetch(`${sandbox.url}/login`, { method: 'POST', body: JSON.stringify({ username: 'demo', password }) });
    expect((await logIn('demo-password')).status).toBe(500);
    // fetch decompresses the response.
    expect(await (await logIn('demo-password')).json()).toHaveProperty('token');
    sandbox.failLogin('gzip');
    expect((await logIn('wrong')).status).toBe(401);
    expect((await fetch(`${sandbox.url}/v1/models`, { headers: KEY })).status).toBe(404);
    sandbox.failLogin('refuse');
    await expect(logIn('demo-password')).rejects.toThrow();
    sandbox.failLogin({ kind: 'big', bytes: 100_000 });
    const padded = (await (await logIn('demo-password')).json()) as { padding: string };
    expect(padded.padding.length).toBe(100_000);
  });

  it('works over HTTP', async () => {
    const order = (body: unknown): Promise<Response> =>
      fetch(`${sandbox.url}/sandbox/faults`, { method: 'POST', body: JSON.stringify(body) });
    const added = await order({ faults: ['html', { kind: 'status', status: 503, times: 2 }] });
    expect(await added.json()).toEqual({ added: 2, pending: 2 });
    expect((await call(sandbox, false)).response.headers['content-type']).toMatch(/^text\/html/);
    expect((await call(sandbox, false)).response.statusCode).toBe(503);
    const cleared = await fetch(`${sandbox.url}/sandbox/faults`, { method: 'DELETE' });
    expect(await cleared.json()).toEqual({ cleared: 1 });
    expect((await call(sandbox, false)).response.statusCode).toBe(200);
    const wrong = await order({ kind: 'cut', times: 0 });
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({
      error: { code: 'invalid_sandbox_fault', message: /fault\.times/ },
    });
  });

  it('applies to each request with the header, and to chats alone unless the header names others', async () => {
    const named = { 'x-sandbox-fault': 'unauthorized' };
    expect((await call(sandbox, false, named)).response.statusCode).toBe(401);
    expect((await call(sandbox, true, named)).response.statusCode).toBe(401);
    const json = { 'x-sandbox-fault': '{"kind":"status","status":507}' };
    expect((await call(sandbox, false, json)).response.statusCode).toBe(507);
    const body = JSON.stringify({ username: 'demo', password: 'demo-password' });
    const login = { method: 'POST', body };
    expect((await fetch(`${sandbox.url}/login`, { ...login, headers: json })).status).toBe(200);
    const forLogin = { 'x-sandbox-fault': '{"kind":"status","status":507,"on":"login"}' };
    expect((await fetch(`${sandbox.url}/login`, { ...login, headers: forLogin })).status).toBe(507);
    expect((await call(sandbox, false, forLogin)).response.statusCode).toBe(200);
    expect((await call(sandbox, false, { 'x-sandbox-fault': 'sleepy' })).response.statusCode).toBe(400);
  });

  it('counts matching calls, by model, path and kind of response', () => {
    const queue = new FaultQueue();
    queue.add({ fault: { kind: 'hang' }, times: 2, on: 'chat', model: 'a', nth: 2 });
    queue.add({ fault: { kind: 'html' }, times: Infinity, on: 'chat', path: '/e.st/*', stream: true });
    const take = (model: string, path: string, isStream: boolean): string | undefined =>
      queue.take({ on: 'chat', model, path, isStream })?.kind;
    expect([take('b', '/v1', false), take('a', '/v1', false)]).toEqual([undefined, undefined]);
    expect([take('a', '/v1', false), take('a', '/v1', true), take('a', '/v1', true)]).toEqual([
      'hang',
      'hang',
      undefined,
    ]);
    expect(take('b', '/e.st/v1/chat/completions', true)).toBe('html');
    expect(take('b', '/e.st/v1/chat/completions', false)).toBeUndefined();
    expect(take('b', '/east/v1/chat/completions', true)).toBeUndefined();
    expect(queue.dealt).toEqual({ hang: 2, html: 1 });
  });

  it('applies at random, in the same way for the same seed', () => {
    const run = (seed: number): string => {
      const queue = new FaultQueue(seededRandom(seed));
      queue.add({ fault: { kind: 'hang' }, times: Infinity, on: 'chat', probability: 0.25 });
      const call = { on: 'chat', isStream: false, path: '/' } as const;
      return Array.from({ length: 400 }, () => (queue.take(call) ? 'x' : '.')).join('');
    };
    expect(run(1)).toBe(run(1));
    expect(run(1)).not.toBe(run(2));
    expect(run(1).replaceAll('.', '').length).toBeGreaterThan(70);
    expect(run(1).replaceAll('.', '').length).toBeLessThan(130);
  });

  it('keeps the order of a queue', () => {
    const queue = new FaultQueue();
    queue.add({ fault: { kind: 'crlf' }, times: 1, on: 'chat' });
    queue.add({ fault: { kind: 'html' }, times: 1, on: 'chat' });
    const plain = { on: 'chat', isStream: false, path: '/' } as const;
    expect([queue.take(plain)?.kind, queue.take(plain)?.kind, queue.length]).toEqual(['html', undefined, 1]);
  });
});
