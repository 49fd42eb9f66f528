import { type TestGateway, startGateway } from '../support/start-gateway.js';
import {
  type TestUpstream,
  beginStream,
  chunkEvent,
  completion,
  sendJson,
  startUpstream,
} from '../support/start-upstream.js';

const API_KEY = 'sk-prod/planted+key-77';
const SECRETS = {
  header: 'planted-ticket-of-header-77',
  query: 'planted code of query 77',
  setting: 'planted-setting-77',
  stepHeader: 'planted-step-header-77',
  field: 'planted-field-77',
  password: 'planted-password-77',
};
const WON = { loginToken: 'planted/login+token-77==', kept: 'planted-kept-77' };
const USUAL = { object: 'chat.completion.chunk', id: 'x' };

let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  const base_url = `${upstream.url}/v1`;
  gateway = await startGateway({
    retry: { max_retries: 0 },
    breaker: { enabled: false },
    logging: { content: true },
    models: {
      openai: [
        {
          name: 'm',
          base_url,
          api_key: API_KEY,
          headers: { 'x-ticket': SECRETS.header, 'x-team': 'platform-team' },
          query: { code: SECRETS.query, 'api-version': '2024-10-21' },
          not_secret: ['x-team'],
        },
      ],
      request: [
        {
          name: 'l',
          base_url,
          auth_url: `${upstream.url}/auth`,
          username: 'someone',
          password: SECRETS.password,
          settings: { app: SECRETS.setting },
          login: {
            headers: { 'x-step': SECRETS.stepHeader },
            fields: { app: SECRETS.field },
            keep: { session: 'body.session' },
          },
        },
        { name: 'p', base_url, auth_url: `${upstream.url}/auth`, username: 'u', password: 'p' },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const ask = (model: string, stream: boolean) =>
  gateway.chat({ model, stream, messages: [{ role: 'user', content: 'hi' }] });

function handle(answer: (call: Parameters<Parameters<TestUpstream['handle']>[0]>[0]) => unknown): void {
  upstream.handle((call) => {
    if (!call.path.startsWith('/auth')) return answer(call);
    sendJson(call.res, { token: WON.loginToken, session: WON.kept });
  });
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const SPELLINGS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  'percent-encoded': encodeURIComponent,
  form: (text) => new URLSearchParams({ x: text }).toString().slice(2),
  'JSON-escaped': (text) => text.replaceAll('/', '\\/').replaceAll('+', '\\u002b'),
  base64,
  'base64 of a pair': (text) => base64(`someone:${text}`).replace(/^c29tZW9uZT/, ''),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  hexadecimal: (text) => Buffer.from(text).toString('hex'),
  'wholly percent-encoded': (text) => Buffer.from(text).toString('hex').replaceAll(/../g, '%$&'),
  'wholly escaped': (text) =>
    text.replaceAll(/./g, (each) => `\\\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`),
};

describe.each(Object.entries(SPELLINGS))('a secret that a service spells %s', (_name, spell) => {
  const configured = [API_KEY, ...Object.values(SECRETS)].map(spell);
  const said = [...configured, ...Object.values(WON).map(spell)];
  /** A call of `m` shows nothing that another model's login won. */
  const wordsFor = (path: string): string => (path.includes('code=') ? configured : said).join(' | ');
  const expectClean = (text: string): void => {
    for (const secret of said) expect(text).not.toContain(secret);
  };

  it.each([400, 401, 403, 429, 500])('is in no error (HTTP %i)', async (status) => {
    handle(({ res, path }) => {
      const words = wordsFor(path);
      sendJson(res, { error: { message: words, more: { [words]: [words] } } }, status);
    });
    for (const [model, stream] of [
      ['m', false],
      ['l', true],
    ] as const) {
      // A refused token would have its login back off for the tests that follow.
      if (model === 'l' && status === 401) continue;
      const text = await (await ask(model, stream)).text();
      expect(text).toContain('[redacted]');
      expectClean(text);
    }
    expectClean(gateway.logText());
  });

  it.each([
    ['an error first', (words: string) => [{ error: { message: words } }]],
    ['an error later', (words: string) => [USUAL, { error: { message: words, code: null } }]],
    ['an error that is a text', (words: string) => [{ error: words }]],
    ['an error beside choices', (words: string) => [{ ...USUAL, choices: [], error: { message: words } }]],
    [
      'an error inside a choice',
      (words: string) => [{ choices: [{ delta: { content: 'a' }, error: { message: words } }] }],
    ],
    ['an event of another shape', (words: string) => [{ code: 401, msg: words }]],
    ['a list', (words: string) => [[words]]],
  ])('is in no event of a stream: %s', async (_shape, eventsOf) => {
    handle(({ res, path }) => {
      beginStream(res);
      res.write(chunkEvent('before'));
      res.end(
        eventsOf(wordsFor(path))
          .map((event) => `data: ${JSON.stringify(event)}\n\n`)
          .join(''),
      );
    });
    for (const model of ['m', 'l']) {
      const text = await (await ask(model, true)).text();
      expect(text).toContain('before');
      expect(text).toContain('[redacted]');
      expectClean(text);
    }
  });

  it('is in no forwarded header', async () => {
    handle(({ path, res }) => {
      const words = wordsFor(path);
      const names = ['openai-organization', 'x-ratelimit-key', 'retry-after'];
      for (const name of names) res.setHeader(name, words);
      res.setHeader('content-type', `application/json; key="${said[0]!.replaceAll(/["\\ ]/g, '')}"`);
      res.end(JSON.stringify(completion()));
    });
    for (const model of ['m', 'l']) {
      const response = await ask(model, model === 'l');
      expectClean(JSON.stringify(Object.fromEntries(response.headers)));
      expect(response.headers.get('openai-organization')).toContain('[redacted]');
    }
  });
});

describe('an error inside a stream', () => {
  const event = `event: error\ndata: {"message":"Incorrect API key provided: ${API_KEY}"}\n\n`;
  const split = [event.slice(0, 30), event.slice(30, 60), event.slice(60)];

  it.each([
    ['under another event name', [event]],
    ['that is no JSON', [`event: error\ndata: no ${API_KEY}\n\n`]],
    ['in several lines', [`data: {"error":\r\ndata: "no ${API_KEY}"}\r\n\r\n`]],
    ['in a comment', [`: no ${API_KEY}\n\n`, 'data: {"error":"[redacted]"}\n\n']],
    ['cut across chunks', split],
    ['in one chunk with healthy events', [chunkEvent('a') + event + chunkEvent('b')]],
    ['with lines that end in CR', [event.replaceAll('\n', '\r')]],
    ['without an empty line at the end', [`data: {"error":{"message":"no ${API_KEY}"}}`]],
  ])('repeats no secret %s', async (_how, pieces) => {
    handle(async ({ res }) => {
      beginStream(res);
      for (const piece of [chunkEvent('first'), ...pieces]) {
        res.write(piece);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      res.end();
    });
    const text = await (await ask('m', true)).text();
    expect(text).toContain('[redacted]');
    expect(text).not.toContain(API_KEY);
    expect(text).toContain(chunkEvent('first'));
  });

  it('names whose credential was refused, in a message of the gateway', async () => {
    handle(({ res }) => {
      beginStream(res);
      res.write(chunkEvent('first'));
      res.end(
        `data: {"error":{"message":"Incorrect API key provided: ${API_KEY}","code":"invalid_api_key"}}\n\n`,
      );
    });
    const text = await (await ask('m', true)).text();
    const error = JSON.parse(text.split('data: ').at(-1)!) as { error: Record<string, unknown> };
    expect(error.error).toEqual({
      message: "The service refused the gateway's credential for 'm': Incorrect API key provided: [redacted]",
      code: 'upstream_auth_failed',
      type: 'upstream_error',
    });
  });
});

it('passes the text of a model byte by byte, for any content', async () => {
  const words = `your key is ${API_KEY}`;
  const stream = `: ping\n\nid: 7\r\n${chunkEvent(words)}\r\n${chunkEvent('', 'stop')}data: [DONE]\n\n`;
  handle(({ res }) => {
    beginStream(res);
    res.end(stream);
  });
  expect(await (await ask('m', true)).text()).toBe(stream);
  handle(({ res }) => sendJson(res, completion(words)));
  expect(await (await ask('m', false)).text()).toBe(JSON.stringify(completion(words)));
});

it('keeps readable what is no secret', async () => {
  const words =
    'platform-team asked api-version=2024-10-21 with application/json over http for someone: p is p';
  handle(({ res }) => sendJson(res, { error: { message: words } }, 400));
  expect(await (await ask('m', false)).text()).toContain('for someone: [redacted] is [redacted]');
  expect(await (await ask('m', false)).text()).toContain(
    'platform-team asked api-version=2024-10-21 with application/json over http',
  );
});

describe("an error about the gateway's own credential", () => {
  it.each([401, 403])('names the credential of the gateway as refused (HTTP %i)', async (status) => {
    handle(({ res }) => sendJson(res, { error: { message: 'Authentication Fails (no such user)' } }, status));
    const response = await ask('m', false);
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      error: {
        message: "The service refused the gateway's credential for 'm': Authentication Fails (no such user)",
        code: 'upstream_auth_failed',
      },
    });
    handle(({ res }) => sendJson(res, '', status));
    expect(await (await ask('m', true)).text()).toContain("refused the gateway's credential for 'm'");
  });

  it('names it as refused under a status that means something else', async () => {
    const message = 'API key not valid. Please pass a valid API key.';
    handle(({ res }) => sendJson(res, { error: { message, status: 'INVALID_ARGUMENT' } }, 400));
    expect(await (await ask('m', false)).text()).toContain(
      "The service refused the gateway's credential for 'm': API key not valid.",
    );
  });

  it('names whose login was refused', async () => {
    upstream.handle(({ res }) => sendJson(res, { message: 'wrong p for u' }, 401));
    const response = await ask('p', false);
    expect(await response.json()).toMatchObject({
      error: {
        message:
          "The service refused the gateway's credential for 'p': The login was refused (HTTP 401): wrong [redacted] for u.",
        code: 'upstream_login_failed',
      },
    });
  });
});
