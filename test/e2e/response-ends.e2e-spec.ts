import { leastOf } from '../support/least-of.js';
import { readSse } from '../support/read-sse.js';
import { type TestGateway, SINGLE_ATTEMPTS, startGateway } from '../support/start-gateway.js';
import {
  type Script,
  type ScriptedService,
  chunked,
  startScriptedService,
} from '../support/start-scripted-service.js';
import { chunkEvent } from '../support/start-upstream.js';

const HI = [{ role: 'user', content: 'hi' }];
const SSE_TYPE = 'content-type: text/event-stream';
const USAGE = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } })}\n\n`;
const TEXT = `${chunkEvent('hel')}${chunkEvent('lo')}`;
const FINISHED = `${TEXT}${chunkEvent('', 'stop')}`;
const MESSAGE = [
  { type: 'message_start', message: { id: 'msg_1', role: 'assistant', model: 'x', content: [], usage: {} } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'hel' } },
]
  .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  .join('');
const DONE = 'data: [DONE]\n\n';
/** One of the two choices that were asked for has ended. */
const HALF = { pieces: chunked([SSE_TYPE], [FINISHED], true), ending: 'reset' } as const;
const unfinished = (reason: string) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x' }, finish_reason: reason }] })}\n\n`;
const open = (...pieces: string[]): Script => ({ pieces: chunked([SSE_TYPE], pieces, true), ending: 'stay' });

/** Streams that are complete, with what the client gets of them. */
const WHOLE: Readonly<Record<string, [Script, string]>> = {
  'open after [DONE]': [open(FINISHED, DONE), FINISHED + DONE],
  'open after [DONE] in one piece': [open(FINISHED + DONE), FINISHED + DONE],
  'open after [DONE] without its empty line': [open(FINISHED, 'data: [DONE]\n'), FINISHED + DONE],
  'open after [DONE] without an end of line': [open(`${FINISHED}data: [DONE]`), FINISHED + DONE],
  'open after [DONE] in CR LF': [
    open(FINISHED.replaceAll('\n', '\r\n'), 'data: [DONE]\r\n\r\n'),
    `${FINISHED}${DONE}`.replaceAll('\n', '\r\n'),
  ],
  'open after [DONE] with more spaces before it': [open(FINISHED, 'data:  [DONE]\n\n'), FINISHED + DONE],
  'open after [DONE] with a space behind it': [
    open(FINISHED, 'data: [DONE] \n\n'),
    `${FINISHED}data: [DONE] \n\n`,
  ],
  'open after [DONE] in quotes': [open(FINISHED, 'data: "[DONE]"\n\n'), FINISHED + DONE],
  'open after [DONE] without its field': [open(FINISHED, '[DONE]\n\n'), FINISHED + DONE],
  'open after an odd [DONE] without its empty line': [open(FINISHED, 'data:  "[DONE]"'), FINISHED + DONE],
  'open after an odd [DONE] in the same piece': [
    open(`${FINISHED}data: "[DONE]"\n\n${chunkEvent('more')}`),
    FINISHED + DONE,
  ],
  'reset after the finish reason': [
    { pieces: chunked([SSE_TYPE], [FINISHED], true), ending: 'reset' },
    FINISHED + DONE,
  ],
  'closed after the usage without the last chunk': [
    { pieces: chunked([SSE_TYPE], [FINISHED, USAGE], true) },
    FINISHED + USAGE + DONE,
  ],
  'more after [DONE]': [open(FINISHED + DONE + chunkEvent('more'), chunkEvent('more')), FINISHED + DONE],
  'reset after [DONE]': [
    { pieces: chunked([SSE_TYPE], [FINISHED, DONE], true), ending: 'reset' },
    FINISHED + DONE,
  ],
  'closed after [DONE] without the last chunk': [
    { pieces: chunked([SSE_TYPE], [FINISHED, DONE], true) },
    FINISHED + DONE,
  ],
  'open after the finish reason': [open(FINISHED), FINISHED + DONE],
  'open after the usage': [open(FINISHED, USAGE), FINISHED + USAGE + DONE],
  'ended after the usage': [{ pieces: chunked([SSE_TYPE], [FINISHED, USAGE]) }, FINISHED + USAGE + DONE],
};

/** Streams that break off. */
const CUT: Readonly<Record<string, Script>> = {
  'ended with an empty finish reason in each chunk': {
    pieces: chunked([SSE_TYPE], [unfinished('').repeat(3)]),
  },
  'ended with "null" for a finish reason': { pieces: chunked([SSE_TYPE], [unfinished('null').repeat(3)]) },
  'ended in the midst of the text': { pieces: chunked([SSE_TYPE], [TEXT]) },
  'reset in the midst of the text': { pieces: chunked([SSE_TYPE], [TEXT], true), ending: 'reset' },
  'shorter than its content-length': {
    pieces: [`HTTP/1.1 200 OK\r\n${SSE_TYPE}\r\ncontent-length: 9000\r\n\r\n${TEXT}`],
  },
};

let service: ScriptedService;
let gateway: TestGateway;

beforeAll(async () => {
  service = await startScriptedService();
  const scripts = [
    ...Object.entries(WHOLE).map(([name, [script]]) => [name, script] as const),
    ...Object.entries(CUT),
    ['half', HALF] as const,
    ['silent', open(TEXT)] as const,
  ];
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    timeouts: { idle_seconds: 1, total_seconds: 3 },
    models: {
      openai: scripts.map(([name, script]) => ({
        name,
        base_url: service.at(script),
        limits: { max_concurrent: 1 },
      })),
      anthropic: [{ name: 'silent-messages', base_url: service.at(open(MESSAGE)), max_tokens: 10 }],
      request: [
        {
          name: 'silent-mapped',
          base_url: service.at(open('data: {"t":"hel"}\n\n')),
          token: 'a-token-of-16-characters',
          request: { path: '/gen', body: '{"q": prompt}' },
          response: { text: 't' },
          stream: { format: 'sse', text: 'data.t', done: 'data.end' },
        },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await service.close();
});

describe('a stream whose connection is', () => {
  it.each(Object.entries(WHOLE))('%s ends with its last event', async (model, [, expected]) => {
    const read = async (): Promise<number> => {
      const began = performance.now();
      const response = await gateway.chat({ model, messages: HI, stream: true });
      const { text, isDone, error } = await readSse(response);
      expect({ text, isDone, error }).toEqual({ text: expected, isDone: true, error: undefined });
      return performance.now() - began;
    };
    // Not by idle_seconds.
    if (expected.includes('[DONE]') && model.includes('[DONE]'))
      expect(await leastOf(900, read)).toBeLessThan(900);
    else await read();
    // The place is free again at once.
    expect((await gateway.chat({ model, messages: HI, stream: true })).status).toBe(200);
  });

  it.each(Object.keys(WHOLE))('%s is gathered whole', async (model) => {
    const response = await gateway.chat({ model, messages: HI });
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: 'hello' }, finish_reason: 'stop' }],
    });
  });

  it.each(['open after the finish reason', 'open after the usage'])(
    '%s is gathered whole after idle_seconds, though the client asked for no stream',
    async (model) => {
      const took = await leastOf(2500, async () => {
        const began = performance.now();
        expect((await gateway.chat({ model, messages: HI })).status).toBe(200);
        return performance.now() - began;
      });
      expect(took).toBeLessThan(2500);
    },
  );

  it.each(['silent', 'silent-messages', 'silent-mapped'])(
    '%s in the midst of the text is an error after idle_seconds, though the client asked for no stream',
    async (model) => {
      const response = await gateway.chat({ model, messages: HI });
      expect(await response.json()).toMatchObject({ error: { code: 'idle_timeout' } });
    },
  );

  it.each(Object.keys(CUT))('%s ends with an error', async (model) => {
    const { isDone, error } = await readSse(await gateway.chat({ model, messages: HI, stream: true }));
    expect({ isDone, error }).toMatchObject({
      isDone: false,
      error: { code: 'upstream_stream_interrupted' },
    });
    const response = await gateway.chat({ model, messages: HI });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      error: { code: expect.stringMatching(/upstream_stream_interrupted|upstream_unreachable/) as string },
    });
  });
});

it('that is reset before every choice has ended is cut', async () => {
  const model = 'half';
  const { error } = await readSse(await gateway.chat({ model, messages: HI, stream: true, n: 2 }));
  expect(error).toMatchObject({ code: 'upstream_stream_interrupted' });
  expect((await gateway.chat({ model, messages: HI, n: 2 })).status).toBe(500);
});

describe('a connection', () => {
  it('is used again after streams that end by themselves', async () => {
    const model = 'kept';
    // A connection is free again a moment after its stream has ended; on a busy machine that may take longer.
    const connections = await leastOf(2, async () => {
      const own = await startScriptedService();
      const script: Script = { pieces: chunked([SSE_TYPE], [FINISHED, DONE], false, true), ending: 'stay' };
      const kept = await startGateway({
        ...SINGLE_ATTEMPTS,
        models: { openai: [{ name: model, base_url: own.at(script) }] },
      });
      for (let i = 0; i < 5; i++) {
        await readSse(await kept.chat({ model, messages: HI, stream: true }));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const count = own.connectionCount();
      await kept.close();
      await own.close();
      return count;
    });
    expect(connections).toBe(1);
  });
});
