import { type IncomingMessage, ServerResponse, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { CHAT, KEY, failed, good, leave, normal } from '../../../test/support/sandbox-faults.js';
import { type Fault } from './faults.js';
import { Sandbox } from '../sandbox.js';

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
});
afterEach(() => sandbox.close());

const eventCount = (body: string): number => body.split('\n\n').length - 1;

describe('a stream', () => {
  it('cut: ends between two events', async () => {
    const { body, error } = await failed(sandbox, { kind: 'cut', after: 2 }, true);
    expect(error).toBe('ECONNRESET');
    expect(body.toString()).toMatch(/\n\n$/);
    expect(eventCount(body.toString())).toBe(2);
    const none = await failed(sandbox, { kind: 'cut', after: 0 }, true);
    expect([none.response.statusCode, none.body.length, none.error]).toEqual([200, 0, 'ECONNRESET']);
  });

  it('cut_inside_event: ends within one', async () => {
    const { body, error } = await failed(sandbox, { kind: 'cut_inside_event', after: 2 }, true);
    expect(error).toBe('ECONNRESET');
    expect(eventCount(body.toString())).toBe(2);
    expect(body.toString()).toMatch(/\n\ndata: \{[^\n]+$/);
  });

  it('end_early: ends cleanly, without a finish reason', async () => {
    const { body, error } = await failed(sandbox, { kind: 'end_early', after: 2 }, true);
    expect([eventCount(body.toString()), error]).toEqual([2, undefined]);
  });

  it('stall: falls silent, or keeps commenting', async () => {
    const silent = await leave(sandbox, { kind: 'stall', after: 2 }, true, (body) => eventCount(body) === 2);
    expect(eventCount(silent)).toBe(2);
    await sandbox.close();
    sandbox = await Sandbox.start();
    const fault: Fault = { kind: 'stall', after: 0, comment_every_ms: 5 };
    const comments = await leave(sandbox, fault, true, (body) => eventCount(body) === 3);
    expect(comments).toMatch(/^(: still here\n\n){3}/);
  });

  it('error_event: an error inside, and no [DONE]', async () => {
    const { body, error } = await failed(sandbox, { kind: 'error_event', after: 1 }, true);
    expect(error).toBeUndefined();
    expect(eventCount(body.toString())).toBe(2);
    expect(body.toString()).toMatch(/data: \{"error":\{"message":"[^"]+","type":"server_error",.*\}\}\n\n$/);
  });

  it('malformed_event: an event that is no JSON among good ones', async () => {
    const { body } = await failed(sandbox, { kind: 'malformed_event', after: 1 }, true);
    const line = 'data: {"id": this is not JSON\n\n';
    expect(body.toString()).toContain(line);
    expect(normal(body.toString().replace(line, ''))).toBe(await good(sandbox, true));
  });

  it('no_done: a finish reason is the last', async () => {
    const { body, error } = await failed(sandbox, { kind: 'no_done' }, true);
    expect(error).toBeUndefined();
    expect(normal(`${body.toString()}data: [DONE]\n\n`)).toBe(await good(sandbox, true));
  });

  it('crlf: the same events in another frame, with comments', async () => {
    const { body } = await failed(sandbox, { kind: 'crlf' }, true);
    expect(body.toString()).not.toMatch(/[^\r]\n/);
    const lines = normal(
      body
        .toString()
        .replaceAll('\r\n', '\n')
        .replaceAll(/^: the.*\n\n|^:.*\n/gmu, ''),
    );
    expect(lines).toBe(await good(sandbox, true));
  });

  it('split_bytes, gzip, wrong_content_type: right bytes in an unusual way', async () => {
    const stream = await good(sandbox, true);
    const split = await failed(sandbox, { kind: 'split_bytes', size: 5 }, true);
    expect(normal(split.body.toString())).toBe(stream);
    expect(split.packets).toBeGreaterThan(100);

    const lines = await failed(sandbox, { kind: 'split_bytes', size: 7, crlf: true }, true);
    expect(lines.body.toString()).toContain('\r\n\r\n: sandbox comment\r\n');

    const packed = await failed(sandbox, { kind: 'gzip' }, true);
    expect(packed.response.headers['content-encoding']).toBe('gzip');
    expect(normal(gunzipSync(packed.body).toString())).toBe(stream);

    const named = await failed(
      sandbox,
      { kind: 'wrong_content_type', content_type: 'application/json' },
      true,
    );
    expect(named.response.headers['content-type']).toBe('application/json');
    expect(normal(named.body.toString())).toBe(stream);
  });

  it('json_for_stream: a plain response', async () => {
    const { response, body } = await failed(sandbox, { kind: 'json_for_stream' }, true);
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
