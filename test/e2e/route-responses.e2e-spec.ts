import { errorOf } from '../support/error-answer.js';
import { TEST_KEY } from '../support/start-gateway.js';
import { completion, sendJson } from '../support/start-upstream.js';
import { upstream, gateway, OTHER_KEY, send, openRoutes } from '../support/routes-rig.js';

openRoutes();

describe('what a client wrote', () => {
  const long = '好'.repeat(100_000);
  it.each<[string, () => Promise<Response>]>([
    ['a model of 300 kB', () => gateway.chat({ model: long, messages: [{ role: 'user' }] })],
    ['a field of a test', () => test({ [long]: 1 })],
    ['a path', () => gateway.get(`/${'x'.repeat(9000)}`)],
    ['a path to a model', () => gateway.get(`/v1/models/${'x'.repeat(9000)}`)],
    [
      'a path and a wrong method',
      () => fetch(`${gateway.url}/v1/models/${'x'.repeat(9000)}`, { method: 'PUT' }),
    ],
    [
      'a model that the key may not use',
      () =>
        gateway.chat(
          { model: 'y'.repeat(9000), messages: [{ role: 'user' }] },
          { key: 'sk-narrow-key-0001' },
        ),
    ],
  ])('is not repeated whole: %s', async (_what, call) => {
    const text = await (await call()).text();
    expect(text.length).toBeLessThan(800);
    expect(JSON.parse(text)).toHaveProperty('error.code');
  });

  const test = (body: unknown): Promise<Response> =>
    fetch(`${gateway.url}/v1/models/m/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
});

describe('headers', () => {
  it('of responses are readable for scripts of other origins', async () => {
    upstream.handle(({ res }) => {
      res.setHeader('x-ratelimit-remaining-tokens', '5');
      res.setHeader('openai-processing-ms', '7');
      sendJson(res, completion());
    });
    const response = await gateway.chat(
      { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
      { headers: { origin: 'https://app.example' } },
    );
    const exposed = response.headers.get('access-control-expose-headers')!.split(/,\s*/);
    for (const name of [
      'x-request-id',
      'retry-after',
      'retry-after-ms',
      'x-ratelimit-remaining-tokens',
      'x-ratelimit-limit-requests',
      'x-ratelimit-reset-tokens',
      'openai-processing-ms',
      'x-should-retry',
      'anthropic-ratelimit-requests-remaining',
      'anthropic-ratelimit-input-tokens-reset',
      'anthropic-organization-id',
      'content-disposition',
    ])
      expect(exposed).toContain(name);
    expect(exposed).not.toContain('*');
  });

  it('hold an idempotency key that differs by client, and is the same for one client each time', async () => {
    upstream.calls.length = 0;
    for (const key of [TEST_KEY, OTHER_KEY, TEST_KEY])
      await gateway.chat(
        { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
        { key, headers: { 'idempotency-key': 'idem-1' } },
      );
    const [first, second, third] = upstream.calls.map(({ headers }) => headers['idempotency-key']);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toMatch(/^[0-9a-f]{64}$/);
    expect(second).not.toBe(first);
    expect(third).toBe(first);
  });

  it.each([
    '/docs',
    '/docs/',
    '/docs/swagger-ui-bundle.js',
    '/docs/swagger-ui-init.js',
    '/docs/nothing',
    '/docs-json',
    '/ui',
  ])('keep a page to its own server, and out of frames: %s', async (path) => {
    const { headers } = await send('GET', path);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self';.* frame-ancestors 'none'/,
    );
  });
});

it('distinguishes a model that a restricted key may not use from one that does not exist', async () => {
  const ask = (model: string) =>
    gateway.chat({ model, messages: [{ role: 'user' }] }, { key: 'sk-narrow-key-0001' });
  expect((await errorOf(await ask('hidden'))).code).toBe('model_not_allowed');
  expect((await errorOf(await ask('no-such-model'))).code).toBe('model_not_found');
});
