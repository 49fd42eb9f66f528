import { Agent, request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { CHAT, KEY, call, failed, good, leave, normal } from '../../../test/support/sandbox-faults.js';
import { Sandbox } from '../sandbox.js';

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
});
afterEach(() => sandbox.close());

describe('before a response', () => {
  it('refuse: resets the connection', async () => {
    await expect(failed(sandbox, { kind: 'refuse' })).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(failed(sandbox, { kind: 'refuse' }, true)).rejects.toMatchObject({ code: 'ECONNRESET' });
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
    const busy = await failed(sandbox, { kind: 'status', status: 429, retry_after: 7 });
    expect(busy.response.statusCode).toBe(429);
    expect(busy.response.headers['retry-after']).toBe('7');
    expect(JSON.parse(busy.body.toString())).toMatchObject({
      error: { type: 'rate_limit_error', param: null },
    });

    const own = await failed(
      sandbox,
      { kind: 'status', status: 503, body: { msg: 'away' }, headers: { 'x-own': '1' } },
      true,
    );
    expect([own.response.statusCode, own.response.headers['x-own'], own.body.toString()]).toEqual([
      503,
      '1',
      '{"msg":"away"}',
    ]);
    const raw = await failed(sandbox, { kind: 'status', raw: 'oops' });
    expect([raw.response.statusCode, raw.response.headers['content-type'], raw.body.toString()]).toEqual([
      500,
      'text/plain; charset=utf-8',
      'oops',
    ]);
    const empty = await failed(sandbox, { kind: 'status', status: 200, raw: '' });
    expect([empty.response.statusCode, empty.body.length]).toEqual([200, 0]);
  });

  it('html: a page instead of JSON', async () => {
    const { response, body } = await failed(sandbox, { kind: 'html', status: 502 });
    expect([response.statusCode, response.headers['content-type']]).toEqual([
      502,
      'text/html; charset=utf-8',
    ]);
    expect(body.toString()).toMatch(/^<!DOCTYPE html>/);
  });

  it('unauthorized: once', async () => {
    const { response, body } = await failed(sandbox, { kind: 'unauthorized' });
    expect(response.statusCode).toBe(401);
    expect(JSON.parse(body.toString())).toMatchObject({ error: { code: 'invalid_api_key' } });
    expect((await call(sandbox, false)).response.statusCode).toBe(200);
  });

  it('slow_first_byte: late, or with headers and comments at once', async () => {
    const before = performance.now();
    expect((await failed(sandbox, { kind: 'slow_first_byte', ms: 60 })).response.statusCode).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(55);

    const { body } = await failed(sandbox, { kind: 'slow_first_byte', ms: 60, comment_every_ms: 20 }, true);
    expect(body.toString()).toMatch(/^(: still thinking\n\n){3}data: /);
    expect(body.toString()).toMatch(/data: \[DONE\]\n\n$/);

    const headers = failed(sandbox, { kind: 'slow_first_byte', ms: 10, headers_first: true }, true);
    expect(normal((await headers).body.toString())).toBe(await good(sandbox, true));
  });

  it('keepalive_close: closes the connection it promised to keep', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    sandbox.fail('keepalive_close');
    const { response, socket, body } = await call(sandbox, false, {}, agent);
    expect(response.headers.connection).toBe('keep-alive');
    expect(JSON.parse(body.toString())).toMatchObject({ object: 'chat.completion' });
    if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
    const kept = await call(sandbox, false, {}, agent);
    const again = await call(sandbox, false, {}, agent);
    expect(again.socket).toBe(kept.socket);
    agent.destroy();
  });
});

describe('the service as a whole', () => {
  it('keepalive_close under the next request: no response to it', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    sandbox.fail({ kind: 'keepalive_close', under_next_request: true });
    const { socket } = await call(sandbox, false, {}, agent);
    expect(socket.destroyed).toBe(false);
    await expect(call(sandbox, false, {}, agent)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await call(sandbox, false, {}, agent)).response.statusCode).toBe(200);
    agent.destroy();
  });

  it('down: refuses connections for a while, then is there again', async () => {
    sandbox.fail('hang');
    const held = call(sandbox, false);
    await sandbox.waitFor((it) => it.openCalls === 1);
    sandbox.fail({ kind: 'down', ms: 150 });
    await expect(call(sandbox, false)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(held).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect(call(sandbox, false)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const endAt = Date.now() + 10_000;
    let status: number | undefined;
    while (status === undefined && Date.now() < endAt) {
      status = await call(sandbox, false).then(
        ({ response }) => response.statusCode,
        () => undefined,
      );
    }
    expect(status).toBe(200);
    sandbox.fail({ kind: 'down', ms: 60_000 });
    await expect(call(sandbox, false)).rejects.toThrow();
  });

  it('token_revoked: no token of a login works any more', async () => {
    const login = { method: 'POST', body: JSON.stringify({ username: 'demo', password: 'demo-password' }) };
    const logIn = async (): Promise<Record<string, string>> => {
      const { token } = (await (await fetch(`${sandbox.url}/login`, login)).json()) as { token: string };
      return { authorization: `Bearer ${token}` };
    };
    const [one, other] = [await logIn(), await logIn()];
    sandbox.fail('token_revoked');
    expect((await call(sandbox, false, one)).response.statusCode).toBe(401);
    expect((await call(sandbox, false, other)).response.statusCode).toBe(401);
    expect((await call(sandbox, false)).response.statusCode).toBe(200);
    expect((await call(sandbox, false, await logIn())).response.statusCode).toBe(200);
  });

  it('reports its state', async () => {
    sandbox.fail('stall');
    sandbox.fail('html', 2);
    const left = call(sandbox, true);
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
  it('truncated_json: half of it, declared complete', async () => {
    const { response, body, error } = await failed(sandbox, { kind: 'truncated_json' });
    expect([response.complete, error]).toEqual([true, undefined]);
    expect(() => JSON.parse(body.toString()) as unknown).toThrow(SyntaxError);
  });

  it('cut: the connection ends half way', async () => {
    const { response, body, error } = await failed(sandbox, { kind: 'cut' });
    expect([response.complete, error]).toEqual([false, 'ECONNRESET']);
    expect(body.length).toBe(Math.floor(Number(response.headers['content-length']) / 2));
  });

  it('stall: half of it, then silence', async () => {
    const body = await leave(sandbox, { kind: 'stall' }, false, (so) => so.length > 10);
    expect(body).toMatch(/^\{"id"/);
    expect(body).not.toMatch(/\}$/);
  });

  it('gzip, split_bytes, wrong_content_type, big: right bytes in an unusual way', async () => {
    const plain = await good(sandbox, false);
    const packed = await failed(sandbox, { kind: 'gzip' });
    expect(packed.response.headers['content-encoding']).toBe('gzip');
    expect(normal(gunzipSync(packed.body).toString())).toBe(plain);

    const split = await failed(sandbox, { kind: 'split_bytes' });
    expect(normal(split.body.toString())).toBe(plain);
    expect(split.packets).toBeGreaterThan(50);

    const named = await failed(sandbox, { kind: 'wrong_content_type' });
    expect(named.response.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(normal(named.body.toString())).toBe(plain);

    const big = await failed(sandbox, { kind: 'big', bytes: 300_001 });
    const answer = JSON.parse(big.body.toString()) as { choices: { message: { content: string } }[] };
    expect(answer.choices[0]?.message.content.length).toBe(300_001);
  });

  it('stream_for_json: events although JSON was requested', async () => {
    const { response, body } = await failed(sandbox, { kind: 'stream_for_json' });
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(body.toString()).toMatch(/data: \[DONE\]\n\n$/);
  });
});
