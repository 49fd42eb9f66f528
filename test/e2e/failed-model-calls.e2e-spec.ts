import { errorOf } from '../support/error-answer.js';
import { type TestGateway, startGateway, SINGLE_ATTEMPTS } from '../support/start-gateway.js';
import { type TestUpstream, sendJson, startUpstream } from '../support/start-upstream.js';

let upstream: TestUpstream;
let gateway: TestGateway;
let precise: TestGateway;

const FULL = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

beforeAll(async () => {
  upstream = await startUpstream();
  const models = {
    openai: [
      { name: 'm', base_url: upstream.url, api_key: 'upstream-secret-key', timeouts: { total_seconds: 1 } },
    ],
  };
  gateway = await startGateway({ models, ...SINGLE_ATTEMPTS });
  precise = await startGateway({ models, ...SINGLE_ATTEMPTS, server: { precise_error_status: true } });
});
afterAll(async () => {
  await gateway.close();
  await precise.close();
  await upstream.close();
});

describe('a failed model call', () => {
  it.each<[number, number, string, string, number, boolean]>([
    // upstream, ours, type, code, precise, retry
    [401, 500, 'upstream_error', 'upstream_auth_failed', 502, false],
    [403, 500, 'upstream_error', 'upstream_auth_failed', 502, false],
    [404, 500, 'upstream_error', 'upstream_not_found', 502, false],
    [408, 500, 'upstream_error', 'upstream_error', 502, true],
    [409, 500, 'upstream_error', 'upstream_error', 502, true],
    [425, 500, 'upstream_error', 'upstream_error', 502, true],
    // The same request would fail in the same way.
    [302, 500, 'upstream_error', 'upstream_error', 502, false],
    [402, 500, 'upstream_error', 'upstream_error', 502, false],
    [405, 500, 'upstream_error', 'upstream_error', 502, false],
    [407, 500, 'upstream_error', 'upstream_error', 502, false],
    [410, 500, 'upstream_error', 'upstream_error', 502, false],
    [418, 500, 'upstream_error', 'upstream_error', 502, false],
    [424, 500, 'upstream_error', 'upstream_error', 502, false],
    [451, 500, 'upstream_error', 'upstream_error', 502, false],
    [501, 500, 'upstream_error', 'upstream_error', 502, false],
    [505, 500, 'upstream_error', 'upstream_error', 502, false],
    [500, 500, 'upstream_error', 'upstream_error', 502, true],
    [502, 500, 'upstream_error', 'upstream_error', 502, true],
    [503, 500, 'upstream_error', 'upstream_error', 503, true],
    [524, 500, 'upstream_error', 'upstream_error', 502, true],
    [529, 500, 'upstream_error', 'upstream_error', 503, true],
  ])('upstream %i', async (status, ours, type, code, preciseStatus, isRetryable) => {
    upstream.handle(({ res }) =>
      sendJson(res, { error: { message: 'went wrong', type: 'x', code: 'y', hint: 1 } }, status),
    );
    const response = await gateway.chat(FULL);
    expect(response.status).toBe(ours);
    expect(response.headers.get('x-upstream-status')).toBe(String(status));
    expect(response.headers.get('x-should-retry')).toBe(isRetryable ? null : 'false');
    expect(await errorOf(response)).toMatchObject({ type, code });
    expect((await precise.chat(FULL)).status).toBe(preciseStatus);
  });

  it.each([400, 413, 415, 422, 429])('upstream %i is the client’s affair and passed on', async (status) => {
    upstream.handle(({ res }) => {
      res.writeHead(status, {
        'content-type': 'application/json',
        'retry-after': '3',
        'x-ratelimit-reset-requests': '1s',
      });
      res.end(
        JSON.stringify({
          error: {
            message: 'too long',
            type: 'invalid_request_error',
            code: 'context_length_exceeded',
            extra: [1],
          },
        }),
      );
    });
    for (const door of [gateway, precise]) {
      const response = await door.chat(FULL);
      expect(response.status).toBe(status);
      expect(response.headers.get('retry-after')).toBe('3');
      expect(response.headers.get('x-should-retry')).toBeNull();
      expect(await errorOf(response)).toEqual({
        message: 'too long',
        type: 'invalid_request_error',
        param: null,
        code: 'context_length_exceeded',
        extra: [1],
      });
    }
  });

  it.each<[string, string, string]>([
    ['a page of HTML', '<html>502</html>', '<html>502</html>'],
    ['error as text', '{"error":"model overloaded"}', 'model overloaded'],
    ['message', '{"message":"busy"}', 'busy'],
    ['msg', '{"code":1,"msg":"忙"}', '忙'],
    ['detail', '{"detail":[{"loc":["body"]}]}', '[{"loc":["body"]}]'],
    ['error_msg', '{"error_code":336003,"error_msg":"too long"}', 'too long'],
    ['the title of a page', '<html><head><title>502 Bad\nGateway</title></head></html>', '502 Bad Gateway'],
    ['nothing', '', 'The upstream answered HTTP 500.'],
  ])('takes the message from %s', async (_where, text, message) => {
    upstream.handle(({ res }) => res.writeHead(500).end(text));
    expect((await errorOf(await gateway.chat(FULL))).message).toBe(message);
  });

  it.each([400, 500])('upstream %i with an error that is nested too deep to be passed on', async (status) => {
    const deep = `${'{"a":'.repeat(8_000)}1${'}'.repeat(8_000)}`;
    upstream.handle(({ res }) => sendJson(res, `{"error":{"message":"words","more":${deep}}}`, status));
    const response = await gateway.chat(FULL);
    expect(response.status).toBe(status);
    expect(await errorOf(response)).toMatchObject({ message: 'words' });
  });

  it('cuts long messages and removes every configured secret', async () => {
    upstream.handle(({ res }) =>
      sendJson(
        res,
        { error: { message: `key upstream-secret-key ${'x'.repeat(50_000)}`, key: 'upstream-secret-key' } },
        500,
      ),
    );
    const text = await (await gateway.chat(FULL)).text();
    expect(text).not.toContain('upstream-secret-key');
    expect(text.length).toBeLessThan(5000);
  });

  it.each<[string, string, string]>([
    ['HTML under 200', '<html></html>', 'upstream_invalid_response'],
    ['half a document', '{"choices":[', 'upstream_invalid_response'],
    ['JSON without choices', '{"code":10401,"msg":"token expired"}', 'upstream_invalid_response'],
    ['an error under 200', '{"error":{"message":"overloaded"}}', 'upstream_error'],
    ['nothing', '', 'upstream_invalid_response'],
  ])('%s is not a response', async (_what, text, code) => {
    upstream.handle(({ res }) => sendJson(res, text));
    const response = await gateway.chat(FULL);
    expect(response.status).toBe(500);
    expect(await errorOf(response)).toMatchObject({ code, type: 'upstream_error' });
  });

  it('timeouts are 504 with precise statuses, and a cut response is a network error', async () => {
    upstream.handle(() => undefined);
    expect((await precise.chat(FULL)).status).toBe(504);
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      res.write('{"choices":[');
      setTimeout(() => res.destroy(), 20);
    });
    const response = await gateway.chat(FULL);
    expect(await errorOf(response)).toMatchObject({ code: 'upstream_unreachable' });
  });
});
