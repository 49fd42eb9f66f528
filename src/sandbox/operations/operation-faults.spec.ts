import { JSON_HEADERS, REQUESTS, eventsIn, post, read } from '../../../test/support/sandbox-operations.js';
import { type FaultKind } from '../faults/faults.js';
import { Sandbox } from '../sandbox.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
});
afterEach(() => sandbox.clearFaults());
afterAll(() => sandbox.close());

it('judges texts one by one, and parts together', async () => {
  const judge = async (input: unknown): Promise<boolean[]> =>
    (await read<{ results: { flagged: boolean }[] }>(sandbox, '/v1/moderations', { input })).results.map(
      ({ flagged }) => flagged,
    );
  expect(await judge('I will kill you')).toEqual([true]);
  expect(await judge(['hello', '我要杀了你'])).toEqual([false, true]);
  expect(await judge([{ type: 'text', text: 'hello' }, { type: 'image_url' }])).toEqual([false]);
});

describe('faults', () => {
  it.each(REQUESTS)('apply to %s', async (path, body) => {
    expect((await post(sandbox, path, body())).status).toBe(200);
    const call = async (): Promise<Response> => post(sandbox, path, body());
    sandbox.fail({ kind: 'status', status: 503, retry_after: 7 });
    const refused = await call();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '7']);
    expect(await refused.text()).toContain('The sandbox was told');
    sandbox.fail('html');
    expect(await (await call()).text()).toContain('<html>');
    sandbox.fail({ kind: 'wrong_content_type', content_type: 'text/strange' });
    expect((await call()).headers.get('content-type')).toBe('text/strange');
    sandbox.fail('refuse');
    await expect(call()).rejects.toThrow();
    sandbox.fail('cut');
    await expect(call().then((response) => response.arrayBuffer())).rejects.toThrow();
    const good = Buffer.from(await (await call()).arrayBuffer());
    sandbox.fail({ kind: 'big', bytes: 300_000 });
    expect((await (await call()).arrayBuffer()).byteLength).toBeGreaterThanOrEqual(300_000);
    const [first, ...kinds]: FaultKind[] = ['truncated_json', 'gzip', 'split_bytes', 'keepalive_close'];
    sandbox.fail(first!);
    expect((await (await call()).arrayBuffer()).byteLength).toBe(Math.floor(good.length / 2));
    for (const kind of kinds) {
      sandbox.fail(kind);
      const response = await call();
      expect([kind, (await response.arrayBuffer()).byteLength]).toEqual([kind, good.length]);
    }
    sandbox.fail('unauthorized');
    expect((await call()).status).toBe(401);
    expect(sandbox.pendingFaults).toBe(0);
  });

  it.each([
    ['/v1/completions', { model: 'm', prompt: 'a', stream: true }],
    ['/v1/images/generations', { model: 'm', prompt: 'a', stream: true, partial_images: 3 }],
    ['/v1/audio/speech', { model: 'm', input: 'one two three', voice: 'v', stream_format: 'sse' }],
  ])('apply to streams of %s', async (path, body) => {
    sandbox.fail({ kind: 'error_event', after: 1 });
    const text = await (await post(sandbox, path, body)).text();
    expect(eventsIn(text).at(-1)).toMatchObject({ error: { code: 'sandbox_fault' } });
    sandbox.fail({ kind: 'cut_inside_event', after: 1 });
    await expect((await post(sandbox, path, body)).text()).rejects.toThrow();
    sandbox.fail({ kind: 'json_for_stream' });
    expect((await post(sandbox, path, body)).headers.get('content-type')).not.toContain('event-stream');
  });

  it('can wait for one kind of call', async () => {
    sandbox.fail('hang', 1, { on: 'embeddings' });
    sandbox.fail({ kind: 'status', status: 418 }, 1, { on: 'chat' });
    const chat = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
    expect((await post(sandbox, '/v1/moderations', { input: 'a' })).status).toBe(200);
    expect((await post(sandbox, '/v1/messages', { ...chat, max_tokens: 9 })).status).toBe(418);
    expect((await post(sandbox, '/v1/chat/completions', chat)).status).toBe(200);
    expect(sandbox.pendingFaults).toBe(1);
  });

  it.each([
    ['/v1/messages', { type: 'error', error: { type: 'overloaded_error' } }, 529],
    ['/v1/messages', { type: 'error', error: { type: 'api_error' } }, 500],
    ['/v1/messages', { type: 'error', error: { type: 'authentication_error' } }, 401],
    ['/v1/responses', { error: { type: 'rate_limit_error', code: 'sandbox_fault' } }, 429],
    ['/v1beta/models/m:generateContent', { error: { code: 503, status: 'UNAVAILABLE' } }, 503],
  ])('speak the format of %s: %j', async (path, expected, status) => {
    sandbox.fail({ kind: 'status', status });
    const messages = [{ role: 'user', content: 'hi' }];
    const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
    const response = await post(sandbox, path, {
      model: 'm',
      max_tokens: 9,
      messages,
      input: 'hi',
      contents,
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject(expected);
  });

  it.each([
    ['/v1/messages', 'event: error\ndata: {"type":"error","error":{', '"type":"api_error"'],
    ['/v1/responses', 'event: error\ndata: {"type":"error",', '"code":"sandbox_fault"'],
    ['/v1beta/models/m:streamGenerateContent', 'data: {"error":{', '"code":"sandbox_fault"'],
  ])('speak the format of %s inside a stream', async (path, begin, part) => {
    sandbox.fail('error_event');
    const messages = [{ role: 'user', content: 'hi' }];
    const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
    const body = { model: 'm', stream: true, max_tokens: 99, messages, input: 'hi', contents };
    const last = (await (await post(sandbox, path, body)).text()).trimEnd().split('\n\n').at(-1);
    expect(last).toContain(begin);
    expect(last).toContain(part);
  });
});

it.each([
  ['/v1/messages', '"type":"message_delta"'],
  ['/v1/completions', '"finish_reason":"length"'],
])('leaves out nothing but the end of a stream: %s', async (path, last) => {
  sandbox.fail('no_done');
  const messages = [{ role: 'user', content: 'hi' }];
  const response = await post(sandbox, path, {
    model: 'm',
    stream: true,
    max_tokens: 9,
    messages,
    prompt: 'hi',
  });
  expect((await response.text()).trimEnd().split('\n\n').at(-1)).toContain(last);
});

it('counts calls by their kind', async () => {
  const other = await Sandbox.start({ chunkDelayMs: 0 });
  for (const [path, body] of REQUESTS.slice(0, 3)) {
    await fetch(other.url + path, { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify(body()) });
  }
  const state = (await (await fetch(`${other.url}/sandbox/state`)).json()) as Record<string, unknown>;
  expect(state).toMatchObject({ chats: 0, calls: { completions: 1, embeddings: 1, rerank: 1 } });
  await other.close();
});
