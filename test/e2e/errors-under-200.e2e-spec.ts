import { readSse } from '../support/read-sse.js';
import { type TestGateway, SINGLE_ATTEMPTS, startGateway } from '../support/start-gateway.js';
import {
  type Script,
  type ScriptedService,
  chunked,
  startScriptedService,
  whole,
} from '../support/start-scripted-service.js';
import { chunkEvent, completion } from '../support/start-upstream.js';

const HI = [{ role: 'user', content: 'hi' }];
const JSON_TYPE = 'content-type: application/json';
const SSE_TYPE = 'content-type: text/event-stream';
const SECRET = 'sk-prod-planted-77';
const BOOM = `boom ${SECRET}`;
const choice = (delta: string, error: unknown) => ({
  index: 0,
  [delta]: { role: 'assistant', content: 'hel' },
  finish_reason: 'error',
  error,
});
const event = (data: unknown, name?: string) =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;

/** Errors as a whole body and as the later event of a stream, with the words that must be found. */
const ERRORS: Readonly<Record<string, readonly [body: unknown, event: string]>> = {
  'beside choices': [
    completion('hello', { error: { message: BOOM } }),
    event({ choices: [choice('delta', null)], error: { message: BOOM } }),
  ],
  'in a choice': [
    completion('hello', { choices: [choice('message', { code: 502, message: BOOM })] }),
    event({ choices: [choice('delta', { code: 502, message: BOOM })] }),
  ],
  'as a status beside choices': [
    completion('hello', { base_resp: { status_code: 1000, status_msg: BOOM } }),
    event({ choices: [choice('delta', null)], base_resp: { status_code: 1000, status_msg: BOOM } }),
  ],
  'as a text of its own': [{ error: BOOM }, event(BOOM, 'error')],
  'under a name in capitals': [{ error: BOOM }, event({ message: BOOM }, 'Error')],
};
/** MiniMax says it by number alone (https://platform.minimax.io/docs/api-reference/errorcode). */
const NUMBERS: Readonly<Record<number, { readonly code: string; readonly isRetried: boolean }>> = {
  1004: { code: 'upstream_auth_failed', isRetried: false },
  1008: { code: 'upstream_error', isRetried: false },
  1002: { code: 'upstream_error', isRetried: true },
};
const byNumber = (code: string | number) => ({
  base_resp: { status_code: Number(code), status_msg: 'x' },
});
/** What services that always write the field write where all is well. */
const EMPTY = [null, {}, [], '', false, 0, { message: '', type: '', code: null }];
const REDIRECTS: Readonly<Record<string, string | undefined>> = {
  [`https://u:${SECRET}@elsewhere.example/${SECRET}?key=${SECRET}`]: ' to https://elsewhere.example',
  [`/v2/${SECRET}`]: ' to another path of the same address',
  'javascript:0': '',
  [`https://${SECRET}.example/`]: '',
};

let service: ScriptedService;
let gateway: TestGateway;
let held: TestGateway;

beforeAll(async () => {
  service = await startScriptedService();
  const models: Record<string, unknown>[] = [];
  const add = (name: string, script: Script) =>
    models.push({ name, base_url: service.at(script), api_key: SECRET });
  const json = (body: unknown): Script => ({ pieces: [whole([JSON_TYPE], JSON.stringify(body))] });
  const stream = (...events: string[]): Script => ({ pieces: chunked([SSE_TYPE], events) });
  for (const [name, [body, later]] of Object.entries(ERRORS)) {
    add(`${name}, JSON`, json(body));
    add(`${name}, stream`, stream(chunkEvent('hel'), later));
  }
  for (const code of Object.keys(NUMBERS)) {
    add(`${code}, JSON`, json(byNumber(code)));
    add(`${code}, stream`, stream(event(byNumber(code))));
    add(`${code}, later`, stream(chunkEvent('hel'), event(byNumber(code))));
  }
  for (const [index, error] of EMPTY.entries()) {
    add(`empty ${index}, JSON`, json(completion('hello', { error })));
    const chunk = { ...(JSON.parse(chunkEvent('hello').slice(6)) as object), error };
    add(`empty ${index}, stream`, stream(event(chunk), chunkEvent('', 'stop'), 'data: [DONE]\n\n'));
  }
  for (const location of Object.keys(REDIRECTS))
    add(location, { pieces: [whole([`location: ${location}`], 'moved', '302 Found')] });
  gateway = await startGateway({ ...SINGLE_ATTEMPTS, models: { openai: models } });
  const { breaker } = SINGLE_ATTEMPTS;
  held = await startGateway({
    breaker,
    models: { openai: models.map((model) => ({ ...model, retry: { max_retries: 1 } })) },
  });
});
afterAll(async () => {
  await gateway.close();
  await held.close();
  await service.close();
});

describe.each(Object.keys(ERRORS))('an error %s', (name) => {
  it.each(['JSON', 'stream'])('of a %s is a failed call, without secrets', async (form) => {
    const response = await gateway.chat({ model: `${name}, ${form}`, messages: HI });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({
      error: { code: 'upstream_error', message: expect.stringContaining('boom [redacted]') as string },
    });
    expect(text).not.toContain(SECRET);
  });

  it('is the last event of a stream, in the shape that SDKs look for', async () => {
    const response = await gateway.chat({ model: `${name}, stream`, messages: HI, stream: true });
    const { text, error, isDone } = await readSse(response);
    expect(error).toMatchObject({ message: 'boom [redacted]' });
    expect(isDone).toBe(false);
    expect(text).not.toContain(SECRET);
  });
});

describe.each(Object.entries(NUMBERS))('the status %s of an error', (number, { code, isRetried }) => {
  it.each([
    [false, 'JSON'],
    [false, 'stream'],
    [true, 'JSON'],
  ])('sets the code and x-should-retry (stream: %s, of a %s)', async (stream, form) => {
    const response = await gateway.chat({ model: `${number}, ${form}`, messages: HI, stream });
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(response.headers.get('x-should-retry')).toBe(isRetried ? null : 'false');
  });

  it('decides about the next attempt of a stream', async () => {
    const before = service.connectionCount();
    await (await held.chat({ model: `${number}, stream`, messages: HI, stream: true })).text();
    expect(service.connectionCount() - before > 1).toBe(isRetried);
  });

  it('names whose credential it concerns, in the midst of a stream', async () => {
    const response = await gateway.chat({ model: `${number}, later`, messages: HI, stream: true });
    const { error } = await readSse(response);
    if (code === 'upstream_auth_failed')
      expect(error).toMatchObject({
        code,
        message: expect.stringContaining("gateway's credential") as string,
      });
    else expect(error).toMatchObject({ code: Number(number), message: 'x' });
  });
});

describe.each([...EMPTY.entries()])('an empty error (%#)', (index) => {
  it.each(['JSON', 'stream'])('of a %s is none', async (form) => {
    const whole = await gateway.chat({ model: `empty ${index}, ${form}`, messages: HI });
    expect(await whole.json()).toMatchObject({ choices: [{ message: { content: 'hello' } }] });
    const stream = await gateway.chat({ model: `empty ${index}, ${form}`, messages: HI, stream: true });
    const { isDone, text } = await readSse(stream);
    expect(isDone).toBe(true);
    expect(text).toContain('"content":"hello"');
    // SDKs take whatever is truthy there for an error.
    expect(text).not.toMatch(/"error":[[{]/);
  });
});

it.each(Object.entries(REDIRECTS))(
  'names the host of a redirect, and no more (%#)',
  async (model, target) => {
    const response = await gateway.chat({ model, messages: HI });
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toBe(`The upstream answered with a redirect${target}, which is not followed.`);
  },
);
