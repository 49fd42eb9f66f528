import { type IncomingMessage, Agent, ServerResponse, request } from 'node:http';
import { type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { FaultQueue } from './fault-queue.js';
import { type Fault } from './faults.js';
import { Sandbox } from '../sandbox.js';
import { seededRandom } from './seeded-random.js';

const CHAT = { model: 'm', messages: [{ role: 'user', content: 'Grüße, 世界 🎉' }] };
const KEY = { authorization: 'Bearer sandbox-key' };

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
});
afterEach(() => sandbox.close());

interface Answer {
  readonly response: IncomingMessage;
  readonly socket: Socket;
  /** All that arrived, even of a response that was cut off. */
  readonly body: Buffer;
  readonly packets: number;
  readonly error: string | undefined;
}

/** node:http, because fetch hides the bytes on the wire. */
function call(stream: boolean, headers: Record<string, string> = {}, agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${sandbox.url}/v1/chat/completions`,
      { method: 'POST', headers: { ...KEY, ...headers }, agent },
      (response) => {
        const packets: Buffer[] = [];
        const { socket } = response;
        let error: string | undefined;
        response.on('data', (bytes: Buffer) => packets.push(bytes));
        response.on('error', (problem: NodeJS.ErrnoException) => (error = problem.code));
        response.on('close', () =>
          resolve({ response, socket, body: Buffer.concat(packets), packets: packets.length, error }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify({ ...CHAT, stream }));
  });
}

async function good(stream: boolean): Promise<string> {
  return normal((await call(stream)).body.toString());
}

/** Removes what differs between two responses. */
function normal(body: string): string {
  return body.replaceAll(/chatcmpl-sandbox-\w+|"created":\d+/gu, '');
}

async function failed(fault: Fault, stream = false): Promise<Answer> {
  sandbox.fail(fault);
  return call(stream);
}

/** Starts a call that does not end, and disconnects. */
async function leave(fault: Fault, stream: boolean, isEnough: (body: string) => boolean): Promise<string> {
  sandbox.fail(fault);
  const agent = new Agent();
  let body = '';
  const sent = request(
    `${sandbox.url}/v1/chat/completions`,
    { method: 'POST', headers: KEY, agent },
    (response) => {
      response.on('error', () => undefined);
      response.on('data', (bytes: Buffer) => {
        body += bytes.toString();
        if (isEnough(body)) sent.destroy();
      });
    },
  );
  sent.on('error', () => undefined);
  sent.end(JSON.stringify({ ...CHAT, stream }));
  await sandbox.waitFor((it) => it.abortedCalls === 1);
  return body;
}

const eventCount = (body: string): number => body.split('\n\n').length - 1;

describe('before a response', () => {
  it('refuse: resets the connection', async () => {
    await expect(failed({ kind: 'refuse' })).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(failed({ kind: 'refuse' }, true)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('hang: never responds', async () => {
    sandbox.fail('hang');
    const sent = request(`${sandbox.url}/v1/chat/completions`, { method: 'POST', headers: KEY });
    sent.on('error', () => undefined);
    sent.end(JSON.stringify(CHAT));
    await sandbox.waitFor((it) => it.openCalls === 1);
    sent.destroy();
    await sandbox.waitFor((it) => it.abortedCalls === 1);
  });

  it('status: any status, body and headers', async () => {
    const busy = await failed({ kind: 'status', status: 429, retry_after: 7 });
    expect(busy.response.statusCode).toBe(429);
    expect(busy.response.headers['retry-after']).toBe('7');
    expect(JSON.parse(busy.body.toString())).toMatchObject({
      error: { type: 'rate_limit_error', param: null },
    });

    const own = await failed(
      { kind: 'status', status: 503, body: { msg: 'away' }, headers: { 'x-own': '1' } },
      true,
    );
    expect([own.response.statusCode, own.response.headers['x-own'], own.body.toString()]).toEqual([
      503,
      '1',
      '{"msg":"away"}',
    ]);
    const raw = await failed({ kind: 'status', raw: 'oops' });
    expect([raw.response.statusCode, raw.response.headers['content-type'], raw.body.toString()]).toEqual([
      500,
      'text/plain; charset=utf-8',
      'oops',
    ]);
    const empty = await failed({ kind: 'status', status: 200, raw: '' });
    expect([empty.response.statusCode, empty.body.length]).toEqual([200, 0]);
  });

  it('html: a page where JSON is expected', async () => {
    const { response, body } = await failed({ kind: 'html', status: 502 });
    expect([response.statusCode, response.headers['content-type']]).toEqual([
      502,
      'text/html; charset=utf-8',
    ]);
    expect(body.toString()).toMatch(/^<!DOCTYPE html>/);
  });

  it('unauthorized: once', async () => {
    const { response, body } = await failed({ kind: 'unauthorized' });
    expect(response.statusCode).toBe(401);
    expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'invalid_api_key' } });
    expect((await call(false)).response.statusCode).toBe(200);
  });

  it('slow_first_byte: late, or with headers and comments at once', async () => {
    const before = performance.now();
    expect((await failed({ kind: 'slow_first_byte', ms: 60 })).response.statusCode).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(55);

    const { body } = await failed({ kind: 'slow_first_byte', ms: 60, comment_every_ms: 20 }, true);
    expect(body.toString()).toMatch(/^(: still thinking\n\n){3}data: /);
    expect(body.toString()).toMatch(/data: \[DONE\]\n\n$/);

    const headers = failed({ kind: 'slow_first_byte', ms: 10, headers_first: true }, true);
    expect(normal((await headers).body.toString())).toBe(await good(true));
  });

  it('keepalive_close: closes the connection it promised to keep', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    sandbox.fail('keepalive_close');
    const { response, socket, body } = await call(false, {}, agent);
    expect(response.headers.connection).toBe('keep-alive');
    expect(JSON.parse(body.toString())).toMatchObject({ object: 'chat.completion' });
    if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
    const kept = await call(false, {}, agent);
    const again = await call(false, {}, agent);
    expect(again.socket).toBe(kept.socket);
    agent.destroy();
  });
});

describe('the service as a whole', () => {
  it('keepalive_close under the next request: no response to it', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    sandbox.fail({ kind: 'keepalive_close', under_next_request: true });
    const { socket } = await call(false, {}, agent);
    expect(socket.destroyed).toBe(false);
    await expect(call(false, {}, agent)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await call(false, {}, agent)).response.statusCode).toBe(200);
    agent.destroy();
  });

  it('down: refuses connections for a while, then is there again', async () => {
    sandbox.fail('hang');
    const held = call(false);
    await sandbox.waitFor((it) => it.openCalls === 1);
    sandbox.fail({ kind: 'down', ms: 150 });
    await expect(call(false)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(held).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(call(false)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const endAt = Date.now() + 10_000;
    let status: number | undefined;
    while (status === undefined && Date.now() < endAt) {
      status = await call(false).then(
        ({ response }) => response.statusCode,
        () => undefined,
      );
    }
    expect(status).toBe(200);
    sandbox.fail({ kind: 'down', ms: 60_000 });
    await expect(call(false)).rejects.toThrow();
  });

  it('token_revoked: no token of a login works any more', async () => {
    const login = { method: 'POST', body: JSON.stringify({ username: 'demo', password: 'demo-password' }) };
    const logIn = async (): Promise<Record<string, string>> => {
      const { token } = (await (await fetch(`${sandbox.url}/login`, login)).json()) as { token: string };
      return { authorization: `Bearer ${token}` };
    };
    const [one, other] = [await logIn(), await logIn()];
    sandbox.fail('token_revoked');
    expect((await call(false, one)).response.statusCode).toBe(401);
    expect((await call(false, other)).response.statusCode).toBe(401);
    expect((await call(false)).response.statusCode).toBe(200);
    expect((await call(false, await logIn())).response.statusCode).toBe(200);
  });

  it('reports its state', async () => {
    sandbox.fail('stall');
    sandbox.fail('html', 2);
    const left = call(true);
    await sandbox.waitFor((it) => it.openStreams === 1);
    const state = (await (await fetch(`${sandbox.url}/sandbox/state`)).json()) as Record<string, unknown>;
    expect(state).toEqual({
      chats: 1,
      calls: { chat: 1 },
      logins: 0,
      open_calls: 1,
      open_streams: 1,
      aborted_calls: 0,
      aborted_streams: 0,
      connections: 2,
      pending_faults: 1,
      faults: { stall: 1 },
    });
    await Promise.all([sandbox.close(), left]);
  });

  it('plays many services by the path before /v1', async () => {
    sandbox.fail({ kind: 'status', status: 503 }, 1, { path: '/east/*' });
    const chat = (path: string): Promise<Response> =>
      fetch(`${sandbox.url}${path}`, { method: 'POST', headers: KEY, body: JSON.stringify(CHAT) });
    expect((await chat('/west/v1/chat/completions')).status).toBe(200);
    expect((await chat('/east/v1/chat/completions')).status).toBe(503);
    expect((await chat('/east/chat/completions')).status).toBe(404);
  });
});

describe('a plain response', () => {
  it('truncated_json: half of it, said to be all', async () => {
    const { response, body, error } = await failed({ kind: 'truncated_json' });
    expect([response.complete, error]).toEqual([true, undefined]);
    expect(() => JSON.parse(body.toString()) as unknown).toThrow(SyntaxError);
  });

  it('cut: the connection ends half way', async () => {
    const { response, body, error } = await failed({ kind: 'cut' });
    expect([response.complete, error]).toEqual([false, 'ECONNRESET']);
    expect(body.length).toBe(Math.floor(Number(response.headers['content-length']) / 2));
  });

  it('stall: half of it, then silence', async () => {
    const body = await leave({ kind: 'stall' }, false, (so) => so.length > 10);
    expect(body).toMatch(/^\{"id"/);
    expect(body).not.toMatch(/\}$/);
  });

  it('gzip, split_bytes, wrong_content_type, big: right bytes in an unusual way', async () => {
    const plain = await good(false);
    const packed = await failed({ kind: 'gzip' });
    expect(packed.response.headers['content-encoding']).toBe('gzip');
    expect(normal(gunzipSync(packed.body).toString())).toBe(plain);

    const split = await failed({ kind: 'split_bytes' });
    expect(normal(split.body.toString())).toBe(plain);
    expect(split.packets).toBeGreaterThan(50);

    const named = await failed({ kind: 'wrong_content_type' });
    expect(named.response.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(normal(named.body.toString())).toBe(plain);

    const big = await failed({ kind: 'big', bytes: 300_001 });
    const answer = JSON.parse(big.body.toString()) as { choices: { message: { content: string } }[] };
    expect(answer.choices[0]?.message.content.length).toBe(300_001);
  });

  it('stream_for_json: events that nobody asked for', async () => {
    const { response, body } = await failed({ kind: 'stream_for_json' });
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(body.toString()).toMatch(/data: \[DONE\]\n\n$/);
  });
});

describe('a stream', () => {
  it('cut: ends between two events', async () => {
    const { body, error } = await failed({ kind: 'cut', after: 2 }, true);
    expect(error).toBe('ECONNRESET');
    expect(body.toString()).toMatch(/\n\n$/);
    expect(eventCount(body.toString())).toBe(2);
    const none = await failed({ kind: 'cut', after: 0 }, true);
    expect([none.response.statusCode, none.body.length, none.error]).toEqual([200, 0, 'ECONNRESET']);
  });

  it('cut_inside_event: ends within one', async () => {
    const { body, error } = await failed({ kind: 'cut_inside_event', after: 2 }, true);
    expect(error).toBe('ECONNRESET');
    expect(eventCount(body.toString())).toBe(2);
    expect(body.toString()).toMatch(/\n\ndata: \{[^\n]+$/);
  });

  it('end_early: ends cleanly, without a finish reason', async () => {
    const { body, error } = await failed({ kind: 'end_early', after: 2 }, true);
    expect([eventCount(body.toString()), error]).toEqual([2, undefined]);
  });

  it('stall: falls silent, or keeps commenting', async () => {
    const silent = await leave({ kind: 'stall', after: 2 }, true, (body) => eventCount(body) === 2);
    expect(eventCount(silent)).toBe(2);
    await sandbox.close();
    sandbox = await Sandbox.start();
    const fault: Fault = { kind: 'stall', after: 0, comment_every_ms: 5 };
    const comments = await leave(fault, true, (body) => eventCount(body) === 3);
    expect(comments).toMatch(/^(: still here\n\n){3}/);
  });

  it('error_event: an error inside, and no [DONE]', async () => {
    const { body, error } = await failed({ kind: 'error_event', after: 1 }, true);
    expect(error).toBeUndefined();
    expect(eventCount(body.toString())).toBe(2);
    expect(body.toString()).toMatch(/data: \{"error":\{"message":"[^"]+","type":"server_error",.*\}\}\n\n$/);
  });

  it('malformed_event: an event that is no JSON among good ones', async () => {
    const { body } = await failed({ kind: 'malformed_event', after: 1 }, true);
    const line = 'data: {"id": this is not JSON\n\n';
    expect(body.toString()).toContain(line);
    expect(normal(body.toString().replace(line, ''))).toBe(await good(true));
  });

  it('no_done: a finish reason is the last', async () => {
    const { body, error } = await failed({ kind: 'no_done' }, true);
    expect(error).toBeUndefined();
    expect(normal(`${body.toString()}data: [DONE]\n\n`)).toBe(await good(true));
  });

  it('crlf: the same events in another frame, with comments', async () => {
    const { body } = await failed({ kind: 'crlf' }, true);
    expect(body.toString()).not.toMatch(/[^\r]\n/);
    const lines = normal(
      body
        .toString()
        .replaceAll('\r\n', '\n')
        .replaceAll(/^: the.*\n\n|^:.*\n/gmu, ''),
    );
    expect(lines).toBe(await good(true));
  });

  it('split_bytes, gzip, wrong_content_type: right bytes in an unusual way', async () => {
    const stream = await good(true);
    const split = await failed({ kind: 'split_bytes', size: 5 }, true);
    expect(normal(split.body.toString())).toBe(stream);
    expect(split.packets).toBeGreaterThan(100);

    const lines = await failed({ kind: 'split_bytes', size: 7, crlf: true }, true);
    expect(lines.body.toString()).toContain('\r\n\r\n: sandbox comment\r\n');

    const packed = await failed({ kind: 'gzip' }, true);
    expect(packed.response.headers['content-encoding']).toBe('gzip');
    expect(normal(gunzipSync(packed.body).toString())).toBe(stream);

    const named = await failed({ kind: 'wrong_content_type', content_type: 'application/json' }, true);
    expect(named.response.headers['content-type']).toBe('application/json');
    expect(normal(named.body.toString())).toBe(stream);
  });

  it('json_for_stream: a plain response', async () => {
    const { response, body } = await failed({ kind: 'json_for_stream' }, true);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
    expect(JSON.parse(body.toString())).toMatchObject({ object: 'chat.completion' });
  });

  it('big: waits for its reader', async () => {
    const writes = jest.spyOn(ServerResponse.prototype, 'write');
    sandbox.fail({ kind: 'big', bytes: 50_000_000, chunk_bytes: 50_000 });
    const sent = request(`${sandbox.url}/v1/chat/completions`, { method: 'POST', headers: KEY });
    sent.end(JSON.stringify({ ...CHAT, stream: true }));
    const response = await new Promise<IncomingMessage>((resolve) => sent.on('response', resolve));
    await new Promise((resolve) => response.once('readable', resolve));
    // Nothing is read here, so the written bytes only fill the sockets.
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(writes.mock.calls.length).toBeLessThan(500);
    expect(sandbox.openStreams).toBe(1);
    expect((await text(response)).length).toBeGreaterThan(50_000_000);
    await sandbox.waitFor((it) => it.openStreams === 0 && it.abortedStreams === 0);
  });
});

describe('ordering a fault', () => {
  it('waits for the call that it fits', async () => {
    sandbox.fail('no_done', 2);
    expect(sandbox.pendingFaults).toBe(1);
    expect((await call(false)).response.statusCode).toBe(200);
    expect((await call(true)).body.toString()).not.toContain('[DONE]');
    expect((await call(true)).body.toString()).not.toContain('[DONE]');
    expect(sandbox.pendingFaults).toBe(0);
    sandbox.fail({ kind: 'status', status: 500 }, 1, { model: 'other' });
    expect((await call(false)).response.statusCode).toBe(200);
    sandbox.clearFaults();
    expect(sandbox.pendingFaults).toBe(0);
    expect(() => sandbox.fail({ kind: 'cut', after: -1 })).toThrow('fault.after');
  });

  it('can stay for all calls', async () => {
    sandbox.fail({ kind: 'status', status: 418 }, Infinity);
    for (let i = 0; i < 3; i += 1) expect((await call(false)).response.statusCode).toBe(418);
  });

  it('reaches the login and the list of models', async () => {
    sandbox.failLogin({ kind: 'status', status: 500 });
    sandbox.failLogin('gzip');
    sandbox.fail({ kind: 'status', status: 404 }, 1, { on: 'models' });
    const logIn = (password: string): Promise<Response> =>
      fetch(`${sandbox.url}/login`, { method: 'POST', body: JSON.stringify({ username: 'demo', password }) });
    expect((await logIn('demo-password')).status).toBe(500);
    // fetch unpacks it
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
    expect((await call(false)).response.headers['content-type']).toMatch(/^text\/html/);
    expect((await call(false)).response.statusCode).toBe(503);
    const cleared = await fetch(`${sandbox.url}/sandbox/faults`, { method: 'DELETE' });
    expect(await cleared.json()).toEqual({ cleared: 1 });
    expect((await call(false)).response.statusCode).toBe(200);
    const wrong = await order({ kind: 'cut', times: 0 });
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({
      error: { code: 'invalid_sandbox_fault', message: /fault\.times/ },
    });
  });

  it('works by header, for every call that carries it, and only for chats unless it says so', async () => {
    const named = { 'x-sandbox-fault': 'unauthorized' };
    expect((await call(false, named)).response.statusCode).toBe(401);
    expect((await call(true, named)).response.statusCode).toBe(401);
    const json = { 'x-sandbox-fault': '{"kind":"status","status":507}' };
    expect((await call(false, json)).response.statusCode).toBe(507);
    const body = JSON.stringify({ username: 'demo', password: 'demo-password' });
    const login = { method: 'POST', body };
    expect((await fetch(`${sandbox.url}/login`, { ...login, headers: json })).status).toBe(200);
    const forLogin = { 'x-sandbox-fault': '{"kind":"status","status":507,"on":"login"}' };
    expect((await fetch(`${sandbox.url}/login`, { ...login, headers: forLogin })).status).toBe(507);
    expect((await call(false, forLogin)).response.statusCode).toBe(200);
    expect((await call(false, { 'x-sandbox-fault': 'sleepy' })).response.statusCode).toBe(400);
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

  it('leaves it to chance, the same way for the same seed', () => {
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
