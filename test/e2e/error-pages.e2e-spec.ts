import { ERROR_CODES } from '../../src/errors/guide/error-guide.js';
import { type TestGateway, SINGLE_ATTEMPTS, startGateway } from '../support/start-gateway.js';
import { sendJson, startUpstream, type TestUpstream } from '../support/start-upstream.js';
import { exchangeRaw } from '../support/exchange-raw.js';

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const CHAT = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

describe('error pages', () => {
  let upstream: TestUpstream;
  let gateway: TestGateway;
  let answer: readonly [body: unknown, status: number];

  beforeAll(async () => {
    upstream = await startUpstream(({ res }) => sendJson(res, ...answer));
    gateway = await startGateway({
      server: { cors_origins: ['https://app.example'], docs: false, ui: false },
      models: { openai: [{ name: 'm', base_url: upstream.url, ...SINGLE_ATTEMPTS }] },
    });
  });
  afterAll(async () => {
    await gateway.close();
    await upstream.close();
  });

  it.each(ERROR_CODES)('say in both languages what %s means, without a key', async (code) => {
    const text = await gateway.get(`/errors/${code}`, { key: null });
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await text.text()).toMatch(
      new RegExp(
        `^${code}\n\nEnglish\nStatus: .+\nRetry: .+\nFrom: .+\nCause: .+\nWhat to do: .+\n\n中文\n(?:.+\n){5}$`,
      ),
    );
    const page = await gateway.get(`/errors/${code}`, { key: null, headers: HTML });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain(`<h1>${code}</h1><section lang="en">`);
  });

  it('are listed, and have no script', async () => {
    const text = await (await gateway.get('/errors', { key: null })).text();
    expect(text.match(/^\/errors\/.+$/gm)!.map((line) => line.slice('/errors/'.length))).toEqual(ERROR_CODES);
    const page = await gateway.get('/errors', { key: null, headers: HTML });
    expect(page.headers.get('content-security-policy')).toMatch(
      /default-src 'none'.*style-src 'self' 'sha256-/,
    );
    expect(await page.text()).toContain('<a href="errors/queue_full">queue_full</a>');
  });

  it.each(['/errors/no_such_code', '/errors/constructor', '/errors/%3Cb%3E'])(
    'do not exist: %s',
    async (path) => {
      const response = await gateway.get(path, { key: null, headers: HTML });
      expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'not_found' } }]);
    },
  );

  it('are linked from every failure, whose body stays as it is', async () => {
    answer = [{ error: { message: 'No.' } }, 401];
    const failed = await gateway.chat(CHAT);
    expect(failed.headers.get('link')).toBe('</errors/upstream_auth_failed>; rel="help"');
    const { error } = (await failed.json()) as { error: object };
    expect(Object.keys(error).toSorted()).toEqual(['code', 'message', 'param', 'type']);
    const refused = await gateway.get('/v1/models', {
      key: 'sk-wrong',
      headers: { origin: 'https://app.example' },
    });
    expect(refused.headers.get('link')).toBe('</errors/invalid_api_key>; rel="help"');
    expect(refused.headers.get('access-control-expose-headers')).toMatch(/\blink\b/);
    const broken = await exchangeRaw(gateway.url, 'no http\r\n\r\n');
    expect(broken.headers['link']).toBe('</errors/invalid_value>; rel="help"');
  });

  it('are linked from the lines of the log', async () => {
    answer = [{ error: { message: 'No.' } }, 401];
    await gateway.chat(CHAT);
    answer = [{ error: { message: 'Too long.', code: 'context_length_exceeded' } }, 400];
    const rejected = await gateway.chat(CHAT);
    expect(rejected.headers.get('link')).toBe('</errors/upstream_rejected>; rel="help"');
    const lines = gateway.log();
    const requests = lines.filter(
      ({ message, path }) => message === 'request' && path === '/v1/chat/completions',
    );
    expect(requests.slice(-2)).toMatchObject([
      { error: 'upstream_auth_failed', help: '/errors/upstream_auth_failed' },
      { error: 'upstream_rejected', help: '/errors/upstream_rejected' },
    ]);
    expect(lines.find(({ message }) => message === 'model state')).toMatchObject({
      help: '/errors/upstream_auth_failed',
    });
  });
});
