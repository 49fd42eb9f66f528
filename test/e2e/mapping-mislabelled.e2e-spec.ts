import { readSse } from '../support/read-sse.js';
import { type TestGateway, SINGLE_ATTEMPTS, startGateway } from '../support/start-gateway.js';
import {
  type ScriptedService,
  chunked,
  startScriptedService,
  whole,
} from '../support/start-scripted-service.js';

const HI = [{ role: 'user', content: 'hi' }];
const MAPPING = {
  response: { text: 'answer', error: 'fault' },
  stream: { format: 'sse', text: 'data.word', done: 'data.end', error: 'data.fault' },
};
const EVENTS = ['data: {"word":"hel"}\n\n', 'data: {"word":"lo"}\n\n', 'data: {"end":true}\n\n'];

let service: ScriptedService;
let gateway: TestGateway;

beforeAll(async () => {
  service = await startScriptedService();
  const scripts = {
    'events labelled JSON': { pieces: chunked(['content-type: application/json'], EVENTS) },
    'events with a byte order mark': {
      pieces: chunked(['content-type: text/event-stream'], ['\ufeff', ...EVENTS]),
    },
    'open after done': { pieces: chunked(['content-type: text/event-stream'], EVENTS, true), ending: 'stay' },
    'a fault labelled as a stream': {
      pieces: [whole(['content-type: text/event-stream'], '{"fault":"no room"}')],
    },
    'a late fault labelled as a stream': {
      pieces: chunked(['content-type: text/event-stream'], ['\n', ' {"fault":', '"no room"}']),
    },
    'an answer labelled as a stream': {
      pieces: [whole(['content-type: text/event-stream'], '{"answer":"hello"}')],
    },
  } as const;
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      request: Object.entries(scripts).map(([name, script]) => ({
        name,
        base_url: service.at(script),
        token: 'sk-mapped-token-0001',
        ...MAPPING,
      })),
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await service.close();
});

describe('a mapped model that sends', () => {
  it.each([
    'events labelled JSON',
    'events with a byte order mark',
    'open after done',
    'an answer labelled as a stream',
  ])('%s is read by its content', async (model) => {
    const stream = await gateway.chat({ model, messages: HI, stream: true });
    expect(await readSse(stream)).toMatchObject({ content: 'hello', isDone: true, error: undefined });
  });

  it.each(['a fault labelled as a stream', 'a late fault labelled as a stream'])(
    '%s fails',
    async (model) => {
      for (const stream of [true, false]) {
        const text = await (await gateway.chat({ model, messages: HI, stream })).text();
        expect(text).toContain('no room');
        expect(text).not.toContain('[DONE]');
      }
    },
  );
});
