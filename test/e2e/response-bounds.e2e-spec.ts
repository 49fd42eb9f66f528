import { BUILT_LIMITS } from '../../src/protocol/json.js';
import { errorOf } from '../support/error-answer.js';
import { leastOf } from '../support/least-of.js';
import { type TestGateway, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, beginStream, startUpstream } from '../support/start-upstream.js';

const DEEP = `${'['.repeat(100_000)}0${']'.repeat(100_000)}`;
const TOO_DEEP = `is nested deeper than ${BUILT_LIMITS.depth} levels`;
const MANY = `[${'0,'.repeat(BUILT_LIMITS.values)}0]`;
const TOO_MANY = `has more than ${BUILT_LIMITS.values} JSON values`;
const CHOICE = '{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}';

describe('bounds of what is built of a response', () => {
  let upstream: TestUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await startUpstream();
    const single = { base_url: upstream.url, retry: { max_retries: 0 }, breaker: { enabled: false } };
    gateway = await startGateway({
      models: {
        openai: [{ name: 'm', ...single }],
        request: [{ name: 'mapped', token: 't-0123456789', ...single, response: { text: 'text' } }],
      },
    });
  });
  afterAll(() => Promise.all([gateway.close(), upstream.close()]));

  const ask = (more: object = {}) =>
    gateway.chat({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...more });
  const says = (text: string, status = 200) =>
    upstream.handle(({ res }) => res.writeHead(status, { 'content-type': 'application/json' }).end(text));

  it.each([
    ['a completion with a deep field', `{"choices":[${CHOICE}],"x":${DEEP}}`],
    ['nothing but brackets', DEEP],
    ['brackets that nothing closes', '['.repeat(100_000)],
    ['an error', `{"error":{"message":${DEEP}}}`],
  ])('refuses a response that is nested too deep: %s', async (_which, text) => {
    says(text);
    for (const more of [{}, { stream: true }, { model: 'mapped' }]) {
      const error = await errorOf(await ask(more));
      expect(error).toMatchObject({ code: 'upstream_invalid_response' });
      if (text.endsWith('}') || text.endsWith(']')) expect(error.message).toContain(TOO_DEEP);
    }
  });

  it('refuses a response that is too large to be built, and passes it if nothing is built', async () => {
    const text = `{"choices":[${CHOICE}],"x":${MANY},"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`;
    says(text);
    const passed = await ask();
    expect(passed.status).toBe(200);
    expect((await passed.text()) === text).toBe(true);
    for (const more of [{ stream: true }, { model: 'mapped' }]) {
      const error = await errorOf(await ask(more));
      expect(error).toMatchObject({ code: 'upstream_invalid_response' });
      if (!('model' in more)) expect(error.message).toContain(TOO_MANY);
    }
  });

  it('refuses a stream of which too much would have to be gathered', async () => {
    const some = `[${'{},'.repeat(BUILT_LIMITS.values / 10)}{}]`;
    upstream.handle(({ res }) => {
      beginStream(res);
      for (let i = 0; i < 11; i++)
        res.write(`data: {"choices":[{"index":0,"delta":{"content":"x"}}],"f${i}":${some}}\n\n`);
      res.end('data: [DONE]\n\n');
    });
    const error = await errorOf(await ask());
    expect(error).toMatchObject({ code: 'upstream_invalid_response' });
    expect(error.message).toContain(TOO_MANY);
  });
});

describe('an error body that does not end as it should', () => {
  let upstream: TestUpstream;
  let gateway: TestGateway;

  beforeAll(async () => {
    upstream = await startUpstream();
    const single = { base_url: upstream.url, retry: { max_retries: 0 }, breaker: { enabled: false } };
    gateway = await startGateway({ models: { openai: [{ name: 'm', ...single }] } });
  });
  afterAll(() => Promise.all([gateway.close(), upstream.close()]));

  const ask = () => gateway.chat({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
  const WORDS = 'The "quota" of this project is used up.';
  const BODY = JSON.stringify({ error: { code: 'x', message: WORDS, more: 'x'.repeat(200_000) } });

  it.each([429, 500])('keeps the message of one that is too long, under %d', async (status) => {
    upstream.handle(({ res }) => res.writeHead(status, { 'content-type': 'application/json' }).end(BODY));
    expect((await errorOf(await ask())).message).toContain(WORDS);
  });

  it('keeps the message of one that is cut off', async () => {
    upstream.handle(({ res }) => {
      res.writeHead(500, { 'content-type': 'application/json', 'content-length': BODY.length });
      res.write(BODY.slice(0, 200), () => res.destroy());
    });
    expect((await errorOf(await ask())).message).toContain(WORDS);
  });

  const timeToWords = async (): Promise<number> => {
    const startedAt = performance.now();
    expect((await errorOf(await ask())).message).toContain(WORDS);
    return performance.now() - startedAt;
  };

  it('does not wait for the end of one that goes on', async () => {
    upstream.handle(({ res }) => {
      res.writeHead(500, { 'content-type': 'application/json' });
      res.write(BODY.slice(0, 100_000));
    });
    expect(await leastOf(3000, timeToWords)).toBeLessThan(3000);
  });

  it('does not wait long for one that arrives byte by byte', async () => {
    upstream.handle(({ res }) => {
      res.writeHead(500, { 'content-type': 'application/json' });
      res.write(BODY.slice(0, 200));
      const drops = setInterval(() => res.write(' '), 200);
      res.once('close', () => clearInterval(drops));
    });
    expect(await leastOf(8000, timeToWords)).toBeLessThan(8000);
  });
});
