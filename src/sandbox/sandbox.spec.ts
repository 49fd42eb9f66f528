import { Sandbox } from './sandbox.js';

const HELLO = { model: 'gpt-4', messages: [{ role: 'user', content: '你好' }] };
const KEY = { authorization: 'Bearer sandbox-key' };

let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
});
afterEach(() => sandbox.close());

function post(path: string, body: unknown, headers: Record<string, string> = KEY): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(sandbox.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: text,
  });
}

async function read(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}

async function eventsOf(response: Response): Promise<unknown[]> {
  const events = (await response.text()).split('\n\n').filter((event) => event !== '');
  return events.map((event) => {
    expect(event.startsWith('data: ')).toBe(true);
    const line = event.slice('data: '.length);
    return line === '[DONE]' ? line : (JSON.parse(line) as unknown);
  });
}

describe('chat', () => {
  it('responds in OpenAI’s format and repeats the question', async () => {
    const response = await post('/v1/chat/completions', HELLO);
    const answer = await read(response);
    expect(response.status).toBe(200);
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model: 'gpt-4',
      id: expect.stringMatching(/^chatcmpl-/),
      created: expect.any(Number),
      system_fingerprint: expect.any(String),
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: { role: 'assistant', content: expect.stringMatching(/^你好.*“你好”/) },
        },
      ],
    });
    const usage = answer.usage as Record<string, number>;
    expect(usage.total_tokens).toBe((usage.prompt_tokens ?? 0) + (usage.completion_tokens ?? 0));
  });

  it('takes a base address without /v1, and a query', async () => {
    expect((await post('/chat/completions?api-version=1', HELLO)).status).toBe(200);
    expect(sandbox.requests.at(-1)).toMatchObject({
      method: 'POST',
      path: '/chat/completions?api-version=1',
    });
  });

  it('streams role, text, finish reason, usage and [DONE]', async () => {
    const body = { ...HELLO, stream: true, stream_options: { include_usage: true } };
    const response = await post('/v1/chat/completions', body);
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const events = await eventsOf(response);
    const plain = await read(await post('/v1/chat/completions', HELLO));
    expect(events[0]).toMatchObject({
      choices: [{ delta: { role: 'assistant', content: '' } }],
      usage: null,
    });
    expect(events.at(-3)).toMatchObject({ choices: [{ delta: {}, finish_reason: 'stop' }] });
    expect(events.at(-2)).toMatchObject({ choices: [], usage: plain.usage });
    expect(events.at(-1)).toBe('[DONE]');
    const words = events.slice(1, -3).map((event) => (event as Chunk).choices[0]?.delta.content);
    expect(words.length).toBeGreaterThan(10);
    expect(words.join('')).toBe((plain as unknown as Completion).choices[0]?.message.content);
  });

  it('pauses between the events of a stream', async () => {
    const slow = await Sandbox.start({ chunkDelayMs: 20 });
    const response = await fetch(`${slow.url}/v1/chat/completions`, {
      method: 'POST',
      headers: KEY,
      body: JSON.stringify({ ...HELLO, stream: true, max_tokens: 3 }),
    });
    const arrivals: number[] = [];
    for await (const _ of response.body ?? []) arrivals.push(performance.now());
    expect(arrivals.length).toBeGreaterThanOrEqual(5);
    await slow.close();
  });

  it.each([
    ['{"model":', 'invalid_json', null],
    [{ messages: HELLO.messages }, 'missing_required_parameter', 'model'],
    [{ model: 'm' }, 'missing_required_parameter', 'messages'],
    [{ model: 'm', messages: [] }, 'empty_array', 'messages'],
    [{ model: 'm', messages: [{ role: 'boss' }] }, 'invalid_value', 'messages[0].role'],
    [{ ...HELLO, max_tokens: 0 }, 'invalid_value', 'max_tokens'],
    [{ ...HELLO, temperature: 9 }, 'invalid_value', 'temperature'],
  ])('refuses %j as OpenAI does', async (body, code, param) => {
    const response = await post('/v1/chat/completions', body);
    expect(response.status).toBe(400);
    expect(await read(response)).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param, code },
    });
  });

  it('refuses other keys, and unknown addresses', async () => {
    const wrong: Record<string, string>[] = [
      {},
      { authorization: 'Bearer nope' },
      { authorization: 'Bearer sandbox-token-nope' },
    ];
    for (const headers of wrong) {
      const response = await post('/v1/chat/completions', HELLO, headers);
      expect(response.status).toBe(401);
      expect(await read(response)).toMatchObject({ error: { code: 'invalid_api_key' } });
    }
    const unknown = await post('/v1/files', {});
    expect(unknown.status).toBe(404);
    expect(await read(unknown)).toMatchObject({ error: { code: 'not_found' } });
  });

  it('lists models', async () => {
    const list = await read(await fetch(`${sandbox.url}/v1/models`, { headers: KEY }));
    expect(list).toMatchObject({ object: 'list' });
    expect((list.data as unknown[])[0]).toMatchObject({ object: 'model', id: 'gpt-3.5-turbo' });
  });
});

describe('login', () => {
  const logIn = (password: string): Promise<Response> => post('/login', { username: 'demo', password }, {});

  it('gives out tokens that work until they are revoked', async () => {
    const { token, expires_in: seconds } = await read(await logIn('demo-password'));
    expect(token).toMatch(/^sandbox-token-/);
    expect(seconds).toBe(28_800);
    const bearer = { authorization: `Bearer ${String(token)}` };
    expect((await post('/v1/chat/completions', HELLO, bearer)).status).toBe(200);
    sandbox.revokeTokens();
    expect((await post('/v1/chat/completions', HELLO, bearer)).status).toBe(401);
    expect(sandbox.loginCount).toBe(1);
  });

  it('refuses a wrong password', async () => {
    expect((await logIn('guess')).status).toBe(401);
    expect((await post('/login', { username: 'toString', password: 'x' }, {})).status).toBe(401);
    expect((await post('/login', {}, {})).status).toBe(400);
    expect(sandbox.loginCount).toBe(3);
  });

  it('lets tokens expire, and shapes the login response', async () => {
    const other = await Sandbox.start({
      tokenSeconds: 0,
      loginAnswer: (token, seconds) => ({ data: { access_token: token, seconds } }),
    });
    const body = JSON.stringify({ username: 'demo', password: 'demo-password' });
    const answer = await read(await fetch(`${other.url}/login`, { method: 'POST', body }));
    const { access_token: token } = answer.data as { access_token: string };
    const chat = await fetch(`${other.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(HELLO),
    });
    expect(chat.status).toBe(401);
    await other.close();
  });
});

describe('what a test can see', () => {
  it('remembers requests up to a bound, or none', async () => {
    const short = await Sandbox.start({ record: 2 });
    const silent = await Sandbox.start({ record: 0 });
    for (const path of ['/a', '/b', '/c']) {
      await fetch(short.url + path, { method: 'POST', body: path });
      await fetch(silent.url + path);
    }
    expect(short.requests.map(({ path, body }) => [path, body.toString()])).toEqual([
      ['/b', '/b'],
      ['/c', '/c'],
    ]);
    expect(silent.requests).toEqual([]);
    await Promise.all([short.close(), silent.close()]);
  });

  it('notices that the client of a stream has disconnected', async () => {
    sandbox.fail('stall');
    const leaving = new AbortController();
    const response = await fetch(`${sandbox.url}/v1/chat/completions`, {
      method: 'POST',
      headers: KEY,
      body: JSON.stringify({ ...HELLO, stream: true }),
      signal: leaving.signal,
    });
    expect(response.status).toBe(200);
    expect([sandbox.openStreams, sandbox.abortedStreams]).toEqual([1, 0]);
    leaving.abort();
    await sandbox.waitFor((it) => it.abortedStreams === 1);
    expect([sandbox.openStreams, sandbox.openCalls, sandbox.abortedCalls]).toEqual([0, 0, 1]);
  });

  it('notices a disconnect before the first byte, and does not count its own cuts', async () => {
    sandbox.fail('hang');
    const leaving = new AbortController();
    const call = fetch(`${sandbox.url}/v1/chat/completions`, {
      method: 'POST',
      headers: KEY,
      body: JSON.stringify(HELLO),
      signal: leaving.signal,
    });
    await sandbox.waitFor((it) => it.openCalls === 1);
    leaving.abort();
    await expect(call).rejects.toThrow();
    await sandbox.waitFor((it) => it.abortedCalls === 1);
    sandbox.fail('refuse');
    await expect(post('/v1/chat/completions', HELLO)).rejects.toThrow();
    await sandbox.waitFor((it) => it.openCalls === 0);
    expect([sandbox.abortedCalls, sandbox.abortedStreams]).toEqual([1, 0]);
  });

  it('gives up waiting', async () => {
    await expect(sandbox.waitFor(() => false, 10)).rejects.toThrow('within 10 ms');
  });

  it('closes twice, and with a call under way', async () => {
    sandbox.fail('hang');
    const call = post('/v1/chat/completions', HELLO);
    await sandbox.waitFor((it) => it.openCalls === 1);
    await Promise.all([sandbox.close(), sandbox.close(), expect(call).rejects.toThrow()]);
  });
});

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string } }[];
}
interface Completion {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
}
