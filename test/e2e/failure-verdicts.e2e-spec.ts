import { ModelAvailability } from '../../src/telemetry/availability/model-availability.js';
import { type ModelState } from '../../src/telemetry/availability/model-state.js';
import { WORDINGS } from '../../src/upstream/failure/wordings/failure-wordings.js';
import { errorOf } from '../support/error-answer.js';
import { beginStream, chunkEvent } from '../support/start-upstream.js';
import {
  type Handler,
  a,
  ask,
  b,
  gateway,
  ok,
  openTwoServices,
  single,
  stateOf,
  status,
  wordsOf,
} from '../support/two-services.js';

openTwoServices();

const stateOfModel = (): ModelState => gateway!.app.get(ModelAvailability).of('m').verdict(Date.now()).state;
const RETRY = { max_retries: 0 };
const BREAKER = { min_requests: 3, open_seconds: 60 };

describe('the verdict of an upstream on a failure', () => {
  it.each(
    [...new Set(WORDINGS.filter(({ reason }) => reason === 'context_length'))].map(
      (one) => [one.says, one] as const,
    ),
  )('sends a prompt that is too long to another model: %s', async (says) => {
    const small = { name: 'small', base_url: b.url };
    await single({ fallbacks: [{ model: 'small', on: ['context_length'] }], retry: RETRY }, {}, [small]);
    const handlers: Handler[] = [400, 413, 422, 500].map((code) =>
      status(code, {}, { error: { message: says } }),
    );
    handlers.push(status(400, {}, { object: 'error', message: says, code: 400 }));
    handlers.push(status(200, {}, { error: { message: says } }));
    for (const handler of handlers) {
      a.handle(handler);
      expect(await wordsOf(await ask())).toBe('b');
    }
    a.handle(({ res }) => {
      beginStream(res);
      res.end(`data: ${JSON.stringify({ error: { message: says } })}\n\n`);
    });
    expect(await (await ask({ stream: true })).text()).toContain('[DONE]');
    expect(stateOfModel()).toBe('never_seen');
  });

  it('knows a prompt that is too long by the model’s own pattern, too', async () => {
    await single(
      {
        context_length_pattern: 'Token-Grenze \\d+ überschritten',
        fallbacks: [{ model: 'small', on: ['context_length'] }],
        retry: RETRY,
      },
      {},
      [{ name: 'small', base_url: b.url }],
    );
    a.handle(status(400, {}, { error: { message: 'token-grenze 4096 überschritten' } }));
    expect(await wordsOf(await ask())).toBe('b');
    a.handle(status(400, {}, { error: { message: 'Token-Grenze überschritten' } }));
    expect((await ask()).status).toBe(400);
  });

  it.each<[string, Handler]>([
    [
      'OpenRouter, 403',
      status(
        403,
        {},
        {
          error: {
            code: 403,
            message: 'openai/gpt-4 requires moderation on OpenAI. Your input was flagged for "violence".',
            metadata: { reasons: ['violence'], flagged_input: 'x' },
          },
        },
      ),
    ],
    [
      'DashScope, 400',
      status(
        400,
        {},
        { code: 'DataInspectionFailed', message: 'Input data may contain inappropriate content.' },
      ),
    ],
    [
      'Azure, 400',
      status(
        400,
        {},
        { error: { code: 'content_filter', message: 'The response was filtered', status: 400 } },
      ),
    ],
    [
      'Zhipu, 400',
      status(
        400,
        {},
        { error: { code: '1301', message: '系统检测到输入或生成内容可能包含不安全或敏感内容' } },
      ),
    ],
    ['DeepSeek, 400', status(400, {}, { error: { message: 'Content Exists Risk' } })],
    ['xAI, 403', status(403, {}, { code: 'x', error: 'Content violates usage guidelines.' })],
    ['under 200', status(200, {}, { error: { code: 'content_filter', message: 'no' } })],
    ['500', status(500, {}, { error: { code: 'content_policy_violation', message: 'no' } })],
  ])('blames only the request for a prompt that was flagged: %s', async (_service, handler) => {
    await single({ retry: { max_retries: 2 }, breaker: BREAKER });
    a.handle(handler);
    for (let count = 0; count < 5; count++) {
      const response = await ask();
      if (response.status === 500) {
        expect(response.headers.get('x-should-retry')).toBe('false');
        expect((await errorOf(response)).code).toBe('upstream_error');
      } else expect(response.status).toBe(400);
    }
    expect(a.calls).toHaveLength(5);
    expect([stateOfModel(), stateOf('deployment-1')]).toEqual(['never_seen', 'closed']);
  });

  it.each<[string, Handler, number, string, ModelState]>([
    ['402', status(402), 500, 'upstream_error', 'failing'],
    [
      '403 for lack of money',
      status(403, {}, { error: { code: 'insufficient_user_quota', message: 'user quota is not enough' } }),
      500,
      'upstream_error',
      'failing',
    ],
    [
      '429 for lack of money',
      status(
        429,
        {},
        {
          error: {
            code: 'insufficient_quota',
            type: 'insufficient_quota',
            message: 'You exceeded your current quota',
          },
        },
      ),
      429,
      'insufficient_quota',
      'failing',
    ],
    [
      'Zhipu’s arrears',
      status(429, {}, { error: { code: '1113', message: '余额不足或无可用资源包,请充值。' } }),
      429,
      '1113',
      'failing',
    ],
    [
      'DashScope’s arrears',
      status(
        400,
        {},
        { code: 'Arrearage', message: 'Access denied, please make sure your account is in good standing.' },
      ),
      500,
      'upstream_error',
      'failing',
    ],
    [
      'a region',
      status(
        403,
        {},
        {
          error: {
            code: 'unsupported_country_region_territory',
            message: 'Country, region, or territory not supported',
          },
        },
      ),
      500,
      'upstream_error',
      'failing',
    ],
    [
      'a firewall',
      status(403, { 'content-type': 'text/html' }, '<html>Attention Required! | Cloudflare</html>'),
      500,
      'upstream_error',
      'failing',
    ],
    [
      'a credential, 403',
      status(403, {}, { error: { message: 'You do not have access to this model' } }),
      500,
      'upstream_auth_failed',
      'credentials_refused',
    ],
    [
      'Gemini’s credential, 400',
      status(400, {}, [
        {
          error: {
            code: 400,
            message: 'API key not valid. Please pass a valid API key.',
            status: 'INVALID_ARGUMENT',
          },
        },
      ]),
      500,
      'upstream_auth_failed',
      'credentials_refused',
    ],
  ])('is not worth a retry: %s', async (_case, handler, code, word, state) => {
    await single({ retry: { max_retries: 2 }, breaker: BREAKER });
    a.handle(handler);
    for (let count = 0; count < 4; count++) {
      const response = await ask();
      expect([response.status, response.headers.get('x-should-retry')]).toEqual([code, 'false']);
      expect((await errorOf(response)).code).toBe(word);
    }
    expect(a.calls).toHaveLength(4);
    expect([stateOfModel(), stateOf('deployment-1')]).toEqual([state, 'closed']);
    a.handle(ok('again'));
    expect(await wordsOf(await ask())).toBe('again');
  });

  it.each<[string, { message: string; code?: unknown; status?: number }, retries: number, string]>([
    ['429', { code: 429, message: 'slow down' }, 1, 'upstream_error'],
    ['503 as text', { code: '503', message: 'away' }, 1, 'upstream_error'],
    ['status 502', { status: 502, message: 'bad' }, 1, 'upstream_error'],
    ['400', { code: 400, message: 'no' }, 0, 'upstream_error'],
    ['401', { code: 401, message: 'no' }, 0, 'upstream_auth_failed'],
    ['402', { code: 402, message: 'no' }, 0, 'upstream_error'],
    ['501', { code: 501, message: 'no' }, 0, 'upstream_error'],
    ['GLM’s limit', { code: '1302', message: 'High concurrency usage of this API' }, 1, 'upstream_error'],
  ])('classifies an error under 200 by its own code: %s', async (_claim, error, retries, code) => {
    await single({ retry: { max_retries: 1 }, breaker: { enabled: false } });
    a.handle(status(200, {}, { error }));
    const response = await ask();
    expect([response.status, (await errorOf(response)).code]).toEqual([500, code]);
    expect(a.calls).toHaveLength(1 + retries);
    expect(response.headers.get('x-should-retry')).toBe('false');
    a.handle(({ res }) => {
      beginStream(res);
      res.end(`data: ${JSON.stringify({ error })}\n\n`);
    });
    // The last attempt's stream is not held back.
    expect(await (await ask({ stream: true })).text()).toContain(retries === 0 ? code : error.message);
    expect(a.calls).toHaveLength(2 * (1 + retries));
  });

  it.each<[string, unknown, isRetried: boolean]>([
    ['MiniMax, empty account', { base_resp: { status_code: 1008, status_msg: 'x' } }, false],
    ['MiniMax, flagged', { base_resp: { status_code: 1026, status_msg: 'x' } }, false],
    ['MiniMax, limit', { base_resp: { status_code: 1039, status_msg: 'x' } }, true],
    ['Zhipu, empty account', { error: { code: '1113', message: 'x' } }, false],
    ['Zhipu, limit', { error: { code: '1302', message: 'x' } }, true],
  ])('recognises the error numbers of a service under 200: %s', async (_case, body, isRetried) => {
    await single({ retry: { max_retries: 1 }, breaker: { enabled: false } });
    a.handle(status(200, {}, body));
    expect((await ask()).status).toBe(500);
    expect(a.calls).toHaveLength(isRetried ? 2 : 1);
  });

  it('does not count a stream that ends in an error event about the request', async () => {
    await single({ retry: RETRY, breaker: BREAKER });
    a.handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('some'));
      res.end(`data: ${JSON.stringify({ error: { code: 'content_filter', message: 'flagged' } })}\n\n`);
    });
    for (let count = 0; count < 5; count++)
      expect(await (await ask({ stream: true })).text()).toContain('flagged');
    expect(stateOf('deployment-1')).toBe('closed');
    expect(stateOfModel()).toBe('never_seen');
  });
});
