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
const STREAM = `${chunkEvent('hel')}${chunkEvent('lo')}${chunkEvent('', 'stop')}data: [DONE]\n\n`;
const LINES = [chunkEvent('hel'), chunkEvent('lo'), chunkEvent('', 'stop')].map(
  (event) => `${event.slice('data: '.length).trim()}\n`,
);
const LABELS = [
  'content-type: text/event-stream',
  'content-type: application/json',
  'content-type: application/octet-stream',
  'content-type: text/plain; charset=utf-8',
  'content-type: text/html',
  'content-type:',
  'x-no: content-type',
];
const WORDS = 'This model has a maximum context length of 8 tokens.';
const BY_ERROR = { message: WORDS, type: 'invalid_request_error', code: 'context_length_exceeded' };

const BODIES: Readonly<Record<string, readonly string[]>> = {
  'a stream': [STREAM],
  'a stream in pieces': [': hello\n\n', 'da', `${STREAM.slice(2)}`],
  'a completion': [JSON.stringify(completion('hello'))],
  'a completion in pieces': [' \n', '{', JSON.stringify(completion('hello'), null, 2).slice(1)],
  'JSON in lines': LINES,
  'JSON in lines in one piece': [LINES.join('').trimEnd()],
};
const ERRORS: Readonly<Record<string, readonly string[]>> = {
  'an error in JSON': [JSON.stringify({ error: BY_ERROR })],
  'an error in JSON in pieces': ['\n{', JSON.stringify({ error: BY_ERROR }, null, 2).slice(1)],
  'an error as an event': [`event: error\ndata: ${JSON.stringify({ error: BY_ERROR })}\n\n`],
  'words and code as an event': [`data: ${JSON.stringify({ code: BY_ERROR.code, message: WORDS })}\n\n`],
  'words and code': [JSON.stringify({ code: BY_ERROR.code, message: WORDS, request_id: 'r' })],
  'an error in a list': [JSON.stringify([{ error: BY_ERROR }])],
};

let service: ScriptedService;
let gateway: TestGateway;
const nameOf = (body: string, label: string) => `${body}, ${label}`;

beforeAll(async () => {
  service = await startScriptedService();
  const good = {
    name: 'longer',
    base_url: service.at({ pieces: [whole([], JSON.stringify(completion('fallback')))] }),
  };
  const models = Object.entries({ ...BODIES, ...ERRORS }).flatMap(([body, pieces]) =>
    LABELS.map((label) => {
      const script: Script =
        pieces.length === 1 ? { pieces: [whole([label], pieces[0]!)] } : { pieces: chunked([label], pieces) };
      return { name: nameOf(body, label), base_url: service.at(script) };
    }),
  );
  const withFallback = models
    .filter(({ name }) => Object.keys(ERRORS).some((error) => name.startsWith(`${error},`)))
    .map((model) => ({
      ...model,
      name: `${model.name}, or longer`,
      fallbacks: [{ model: 'longer', on: ['context_length'] }],
    }));
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: { openai: [good, ...models, ...withFallback] },
  });
});
afterAll(async () => {
  await gateway.close();
  await service.close();
});

describe.each(LABELS)('under the label %s', (label) => {
  it.each(Object.keys(BODIES))('%s becomes a stream for a client that requested one', async (body) => {
    const response = await gateway.chat({ model: nameOf(body, label), messages: HI, stream: true });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(await readSse(response)).toMatchObject({ content: 'hello', isDone: true, error: undefined });
  });

  it.each(Object.keys(BODIES))('%s becomes JSON for a client that requested JSON', async (body) => {
    const response = await gateway.chat({ model: nameOf(body, label), messages: HI });
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'hello' } }] });
  });

  it.each(Object.keys(ERRORS))('%s is an error', async (body) => {
    const response = await gateway.chat({ model: nameOf(body, label), messages: HI });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.json()).toMatchObject({ error: { message: WORDS } });
    const stream = await gateway.chat({ model: nameOf(body, label), messages: HI, stream: true });
    const text = await stream.text();
    expect(text).toContain(WORDS);
    expect(text).not.toContain('[DONE]');
    if (stream.status === 200) expect(text).toMatch(/^(event: error\n)?data: \{"error":\{.*\}\}\n\n$/);
  });

  it.each(Object.keys(ERRORS))('%s leads to the fallback', async (body) => {
    for (const stream of [false, true]) {
      const model = `${nameOf(body, label)}, or longer`;
      const response = await gateway.chat({ model, messages: HI, stream });
      expect(await response.text()).toContain('fallback');
    }
  });
});
