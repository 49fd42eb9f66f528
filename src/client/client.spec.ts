import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { LlmGatewayError, chat, chatStream, listModels } from './index.js';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
type Answer = (response: ServerResponse) => void;

let server: Server;
let origin: string;
let seen: Seen[];
let answer: Answer;
const environment = { ...process.env };

beforeEach(async () => {
  seen = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  delete process.env.LLM_GATEWAY_URL;
  delete process.env.LLM_GATEWAY_API_KEY;
});
afterEach(async () => {
  process.env = { ...environment };
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const json =
  (body: unknown, status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-1' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
const completion = (content: unknown): Answer => json({ choices: [{ index: 0, message: { content } }] });
const chunk = (content: string, index = 0): string =>
  `data: ${JSON.stringify({ choices: [{ index, delta: { content } }] })}\n\n`;
const stream =
  (...events: string[]): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req-2' });
    response.end(events.join(''));
  };

async function pieces(options: Record<string, unknown> = {}): Promise<string[]> {
  const all: string[] = [];
  for await (const piece of chatStream('hi', 'm', { base_url: origin, ...options })) all.push(piece);
  return all;
}

async function errorOf(call: Promise<unknown>): Promise<LlmGatewayError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LlmGatewayError)) throw new Error(`not an LlmGatewayError: ${String(error)}`);
  return error;
}

describe('chat', () => {
  it('sends a text or messages and returns the text', async () => {
    answer = completion('好的');
    const options = {
      base_url: origin,
      api_key: 'k',
      max_tokens: 50,
      temperature: 0.7,
      seed: 0,
      user: undefined,
    };
    expect(await chat('你好', 'gpt-3.5-turbo', options)).toBe('好的');
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/v1/chat/completions' });
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer k', 'content-type': 'application/json' });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      model: 'gpt-3.5-turbo',
      messages: [{ role: 'user', content: '你好' }],
      max_tokens: 50,
      temperature: 0.7,
      seed: 0,
      stream: false,
    });
    const messages = [{ role: 'system', content: 'be brief', name: 'x' }];
    await chat(messages, 'm', { base_url: origin });
    expect(JSON.parse(seen[1]?.body ?? '')).toMatchObject({ messages });
  });

  it('is empty when the answer has no text', async () => {
    answer = completion(null);
    expect(await chat('hi', 'm', { base_url: origin })).toBe('');
  });

  it("throws the gateway's error", async () => {
    const error = {
      message: 'no such model',
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    };
    answer = json({ error }, 404);
    const thrown = await errorOf(chat('hi', 'm', { base_url: origin }));
    const { message, type, param, code } = thrown;
    expect({ message, type, param, code }).toEqual(error);
    expect(thrown).toMatchObject({ status: 404, requestId: 'req-1', name: 'LlmGatewayError' });
  });

  it.each([
    ['<html>proxy</html>', 502, 'invalid_response', 'The gateway returned 502: <html>proxy</html>'],
    ['', 503, 'invalid_response', 'The gateway returned 503'],
    [
      'Not Found',
      404,
      'invalid_response',
      expect.stringMatching(
        /^The gateway returned 404: Not Found \(http:.*\/v1\/chat\/completions; is base_url the address of a gateway\?\)$/,
      ),
    ],
    ['{"error":"plain"}', 500, null, 'plain'],
    ['<html>', 200, 'invalid_response', 'The response is not JSON.'],
    ['{"choices":[]}', 200, 'invalid_response', 'The response is not a chat completion.'],
    ['null', 200, 'invalid_response', 'The response is not a chat completion.'],
  ])('makes an error of %j with status %d', async (body, status, code, message) => {
    answer = json(body, status);
    expect(await errorOf(chat('hi', 'm', { base_url: origin }))).toMatchObject({ status, code, message });
  });

  it('says that nobody answers, and why', async () => {
    await new Promise((resolve) => server.close(resolve));
    const thrown = await errorOf(chat('hi', 'm', { base_url: origin }));
    expect(thrown).toMatchObject({ status: 0, code: 'network_error', cause: { message: 'fetch failed' } });
    expect(thrown.message).toMatch(/^No response from the gateway at http:\/\/127.*ECONNREFUSED/);
  });

  it('says that the answer broke off', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"cho', () => response.destroy());
    };
    expect(await errorOf(chat('hi', 'm', { base_url: origin }))).toMatchObject({ code: 'network_error' });
  });

  it("throws the signal's reason when the caller gave up", async () => {
    const leaving = new AbortController();
    const reason = new Error('enough');
    answer = () => leaving.abort(reason);
    await expect(chat('hi', 'm', { base_url: origin, signal: leaving.signal })).rejects.toBe(reason);
  });
});

describe('where to, and with which key', () => {
  it.each(['', '/', '/v1', '/v1/', '//'])('takes an address that ends in %j', async (end) => {
    answer = json({ data: [] });
    await listModels({ base_url: origin + end });
    expect(seen[0]?.url).toBe('/v1/models');
  });

  it('takes an address with a path, and the environment', async () => {
    answer = json({ data: [] });
    process.env.LLM_GATEWAY_URL = `${origin}/team/`;
    process.env.LLM_GATEWAY_API_KEY = 'from-env';
    await listModels();
    expect(seen[0]).toMatchObject({ url: '/team/v1/models', headers: { authorization: 'Bearer from-env' } });
    await listModels({ base_url: origin, api_key: 'given' });
    expect(seen[1]).toMatchObject({ url: '/v1/models', headers: { authorization: 'Bearer given' } });
  });

  it('uses the demo key for this machine only', async () => {
    const keys: unknown[] = [];
    jest.spyOn(globalThis, 'fetch').mockImplementation((url, init) => {
      const headers = new Headers(init?.headers);
      keys.push([new URL(url as string).hostname, headers.get('authorization')]);
      return Promise.resolve(new Response('{"data":[]}'));
    });
    const mine = ['http://localhost:1', 'http://127.9.9.9', 'http://[::1]:8000/v1'];
    const foreign = [
      'http://10.0.0.1',
      'https://localhost.example.com',
      'http://127.0.0.1.example.com',
      'http://[::2]',
    ];
    for (const url of [...mine, ...foreign]) await listModels({ base_url: url });
    await listModels();
    process.env.LLM_GATEWAY_API_KEY = '';
    await listModels();
    const demo = 'Bearer sk-llm-gateway-demo';
    expect(keys).toEqual([
      ['localhost', demo],
      ['127.9.9.9', demo],
      ['[::1]', demo],
      ['10.0.0.1', null],
      ['localhost.example.com', null],
      ['127.0.0.1.example.com', null],
      ['[::2]', null],
      ['localhost', demo],
      ['localhost', demo],
    ]);
  });

  it('works where there is no process', async () => {
    answer = json({ data: [] });
    const real = globalThis.process;
    const call = ((): Promise<string[]> => {
      Object.defineProperty(globalThis, 'process', { value: undefined, configurable: true, writable: true });
      try {
        return listModels({ base_url: origin });
      } finally {
        globalThis.process = real;
      }
    })();
    expect(await call).toEqual([]);
  });

  it.each([
    ['localhost', { base_url: 'not an address' }],
    ['ftp', { base_url: 'ftp://x' }],
    ['secret', { base_url: 'http://me:secret@x' }],
    ['密钥', { base_url: 'http://x', api_key: '密钥' }],
  ])('refuses a wrong option without repeating it: %s', async (secret, options) => {
    const thrown = await errorOf(listModels(options));
    expect(thrown.code).toBe('invalid_option');
    expect(thrown.message).not.toContain(secret);
  });
});

describe('listModels', () => {
  it('returns the names', async () => {
    answer = json({ object: 'list', data: [{ id: 'a' }, { id: 'b' }, {}] });
    expect(await listModels({ base_url: origin })).toEqual(['a', 'b']);
    expect(seen[0]).toMatchObject({ method: 'GET', body: '' });
  });

  it.each(['{}', 'x'])('throws when the answer is %s', async (body) => {
    answer = json(body);
    expect(await errorOf(listModels({ base_url: origin }))).toMatchObject({
      code: 'invalid_response',
      status: 200,
    });
  });
});

describe('chatStream', () => {
  it('yields the pieces of the first choice', async () => {
    answer = stream(
      chunk(''),
      chunk('你'),
      chunk('x', 1),
      ': ping\n\n',
      chunk('好'),
      'data: {"choices":[]}\n\n',
      DONE,
    );
    expect(await pieces()).toEqual(['你', '好']);
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ stream: true });
  });

  it('reads what comes byte by byte from a socket', async () => {
    const bytes = Buffer.from(`: hi\r\n\r\n${chunk('你')}${chunk('🎉')}${DONE}`.replaceAll('\n', '\r\n'));
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const next = (at: number): void => {
        if (at === bytes.length) response.end();
        else response.write(bytes.subarray(at, at + 1), () => setImmediate(next, at + 1));
      };
      next(0);
    };
    expect(await pieces()).toEqual(['你', '🎉']);
  });

  it('throws the error of a start that failed', async () => {
    answer = json({ error: { message: 'busy', code: 'rate_limit_exceeded' } }, 429);
    expect(await errorOf(pieces())).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
  });

  it('throws an error that comes in the stream', async () => {
    const error = {
      message: 'broken',
      type: 'upstream_error',
      param: null,
      code: 'upstream_stream_interrupted',
    };
    answer = stream(chunk('one'), `data: ${JSON.stringify({ error })}\n\n`);
    expect(await errorOf(pieces())).toMatchObject({ ...error, status: 200, requestId: 'req-2' });
  });

  it('throws when the stream ends without [DONE]', async () => {
    answer = stream(chunk('one'), 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n');
    expect(await errorOf(pieces())).toMatchObject({ code: 'stream_interrupted', requestId: 'req-2' });
    answer = stream(chunk('one'), 'data: [DONE]');
    expect(await errorOf(pieces())).toMatchObject({ code: 'stream_interrupted' });
  });

  it('throws when the connection breaks', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('one'), () => response.destroy());
    };
    expect(await errorOf(pieces())).toMatchObject({ code: 'network_error', status: 0 });
  });

  it('throws when the answer is no stream, or an event no JSON', async () => {
    answer = completion('hi');
    expect(await errorOf(pieces())).toMatchObject({ code: 'invalid_response' });
    answer = stream('data: {oops\n\n', DONE);
    expect(await errorOf(pieces())).toMatchObject({ code: 'invalid_response' });
  });

  it('ends the request when the loop is left', async () => {
    const left = new Promise<void>((resolve) => {
      answer = (response) => {
        response.on('close', resolve);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(chunk('one') + chunk('two'));
      };
    });
    const got: string[] = [];
    for await (const piece of chatStream('hi', 'm', { base_url: origin })) {
      got.push(piece);
      break;
    }
    await left;
    expect(got).toEqual(['one']);
  });

  it('ends with the signal', async () => {
    const leaving = new AbortController();
    const reason = new Error('enough');
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('one'), () => leaving.abort(reason));
    };
    await expect(pieces({ signal: leaving.signal })).rejects.toBe(reason);
  });

  it('leaves the connection whole after [DONE], and does not wait for a service that keeps it open', async () => {
    let isWhole: boolean | undefined;
    answer = (response) => {
      response.on('close', () => (isWhole = response.writableFinished));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('one') + DONE, () => setTimeout(() => response.end(), 20));
    };
    expect(await pieces()).toEqual(['one']);
    expect(isWhole).toBe(true);
    answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk('two') + DONE);
    };
    expect(await pieces()).toEqual(['two']);
  });
});

const DONE = 'data: [DONE]\n\n';
