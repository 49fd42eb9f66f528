import { completion, errorOf, json } from '../../test/fixtures/client/replies.js';
import { HttpService } from '../../test/support/http-service.js';
import { chat, listModels } from './index.js';

let service: HttpService;
const environment = { ...process.env };

beforeEach(async () => {
  service = await HttpService.open();
  delete process.env.LLM_GATEWAY_URL;
  delete process.env.LLM_GATEWAY_API_KEY;
});
afterEach(async () => {
  process.env = { ...environment };
  await service.close();
});

describe('chat', () => {
  it('sends a text or messages and returns the text', async () => {
    service.answer = completion('好的');
    const options = {
      base_url: service.origin,
      api_key: 'k',
      max_tokens: 50,
      temperature: 0.7,
      seed: 0,
      user: undefined,
    };
    expect(await chat('你好', 'gpt-3.5-turbo', options)).toBe('好的');
    expect(service.seen[0]).toMatchObject({ method: 'POST', url: '/v1/chat/completions' });
    expect(service.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer k',
      'content-type': 'application/json',
    });
    expect(JSON.parse(service.seen[0]?.body ?? '')).toEqual({
      model: 'gpt-3.5-turbo',
      messages: [{ role: 'user', content: '你好' }],
      max_tokens: 50,
      temperature: 0.7,
      seed: 0,
      stream: false,
    });
    const messages = [{ role: 'system', content: 'be brief', name: 'x' }];
    await chat(messages, 'm', { base_url: service.origin });
    expect(JSON.parse(service.seen[1]?.body ?? '')).toMatchObject({ messages });
  });

  it('is empty when the response has no text', async () => {
    service.answer = completion(null);
    expect(await chat('hi', 'm', { base_url: service.origin })).toBe('');
  });

  it("throws the gateway's error", async () => {
    const error = {
      message: 'no such model',
      type: 'invalid_request_error',
      param: 'model',
      code: 'model_not_found',
    };
    service.answer = json({ error }, 404);
    const thrown = await errorOf(chat('hi', 'm', { base_url: service.origin }));
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
    service.answer = json(body, status);
    expect(await errorOf(chat('hi', 'm', { base_url: service.origin }))).toMatchObject({
      status,
      code,
      message,
    });
  });

  it('reports that the gateway cannot be reached, and why', async () => {
    await new Promise((resolve) => service.server.close(resolve));
    const thrown = await errorOf(chat('hi', 'm', { base_url: service.origin }));
    expect(thrown).toMatchObject({ status: 0, code: 'network_error', cause: { message: 'fetch failed' } });
    expect(thrown.message).toMatch(/^No response from the gateway at http:\/\/127.*ECONNREFUSED/);
  });

  it('reports that the response broke off', async () => {
    service.answer = (response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"cho', () => response.destroy());
    };
    expect(await errorOf(chat('hi', 'm', { base_url: service.origin }))).toMatchObject({
      code: 'network_error',
    });
  });

  it("throws the signal's reason when the caller gave up", async () => {
    const leaving = new AbortController();
    const reason = new Error('enough');
    service.answer = () => leaving.abort(reason);
    await expect(chat('hi', 'm', { base_url: service.origin, signal: leaving.signal })).rejects.toBe(reason);
  });
});

describe('the address and the key of a request', () => {
  it.each(['', '/', '/v1', '/v1/', '//'])('takes an address that ends in %j', async (end) => {
    service.answer = json({ data: [] });
    await listModels({ base_url: service.origin + end });
    expect(service.seen[0]?.url).toBe('/v1/models');
  });

  it('takes an address with a path, and the environment', async () => {
    service.answer = json({ data: [] });
    process.env.LLM_GATEWAY_URL = `${service.origin}/team/`;
    process.env.LLM_GATEWAY_API_KEY = 'from-env';
    await listModels();
    expect(service.seen[0]).toMatchObject({
      url: '/team/v1/models',
      headers: { authorization: 'Bearer from-env' },
    });
    await listModels({ base_url: service.origin, api_key: 'given' });
    expect(service.seen[1]).toMatchObject({ url: '/v1/models', headers: { authorization: 'Bearer given' } });
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

  it('works without a global `process`', async () => {
    service.answer = json({ data: [] });
    const real = globalThis.process;
    const call = ((): Promise<string[]> => {
      Object.defineProperty(globalThis, 'process', { value: undefined, configurable: true, writable: true });
      try {
        return listModels({ base_url: service.origin });
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
    service.answer = json({ object: 'list', data: [{ id: 'a' }, { id: 'b' }, {}] });
    expect(await listModels({ base_url: service.origin })).toEqual(['a', 'b']);
    expect(service.seen[0]).toMatchObject({ method: 'GET', body: '' });
  });

  it.each(['{}', 'x'])('throws when the response is %s', async (body) => {
    service.answer = json(body);
    expect(await errorOf(listModels({ base_url: service.origin }))).toMatchObject({
      code: 'invalid_response',
      status: 200,
    });
  });
});
