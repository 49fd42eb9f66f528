import { leastOf } from '../support/least-of.js';
import { readSse } from '../support/read-sse.js';
import { SINGLE_ATTEMPTS } from '../support/start-gateway.js';
import { MAPPED_TOKEN, type MappedGateway, readError, startMapped } from '../support/start-mapped.js';
import { type UpstreamCall, sendJson } from '../support/start-upstream.js';

const BODY = { body: '{ "q": messages[-1].content, "stream": stream }' };
/** No expression says where an error stands. */
const MODELS = {
  json: { request: BODY, response: { text: 'out' } },
  sse: { request: BODY, stream: { text: 'data.t' } },
  lines: { request: BODY, stream: { format: 'ndjson', text: 't' } },
  job: {
    request: BODY,
    poll: { path: '/jobs/{id}', done: 'state = "done"', interval_seconds: 0.02 },
    response: { text: 'out' },
  },
};
const LONG_ID = '9007199254740993123';

let mapped: MappedGateway;
beforeAll(async () => {
  mapped = await startMapped(MODELS, {
    ...SINGLE_ATTEMPTS,
    timeouts: { idle_seconds: 2, total_seconds: 4 },
  });
});
afterAll(() => mapped.close());

const send = (type: string, text: string) => {
  mapped.upstream.handle(({ res }: UpstreamCall) => {
    res.writeHead(200, { 'content-type': type }).end(text);
  });
};

describe('an error that no expression of a mapping reads', () => {
  it.each([
    ['a named event', 'event: error\ndata: {"message":"boom WORD"}\n\n'],
    ['a named event of text', 'event: error\ndata: boom WORD\n\n'],
    ['the error of an event', 'data: {"error":{"message":"boom WORD"}}\n\n'],
    ['the error of an event as a text', 'data: {"error":"boom WORD"}\n\n'],
  ])('fails a stream that reports it as %s', async (_what, event) => {
    const said = event.replace('WORD', MAPPED_TOKEN);
    for (const before of ['', 'data: {"t":"he"}\n\n']) {
      send('text/event-stream', before + said);
      const whole = await mapped.ask('sse');
      expect(await readError(whole)).toMatchObject({ status: 500, message: 'boom [redacted]' });
      const { text, error, isDone } = await readSse(await mapped.ask('sse', { stream: true }));
      expect({ error, isDone }).toMatchObject({ error: { message: 'boom [redacted]' }, isDone: false });
      expect(text).not.toContain(MAPPED_TOKEN);
    }
  });

  it('fails a stream of lines', async () => {
    send('application/x-ndjson', '{"t":"he"}\n{"error":"boom"}\n');
    const { error } = await readSse(await mapped.ask('lines', { stream: true }));
    expect(error).toMatchObject({ message: 'boom' });
  });

  it('is distinguished from news by the other fields of the event', async () => {
    send(
      'text/event-stream',
      'data: {"t":"he","error":"a note"}\n\ndata: {"code":7,"message":"queued"}\n\ndata: {"t":"y","error":{}}\n\n' +
        'data: {"error":{"code":0,"message":"success"}}\n\ndata: [DONE]\n\n',
    );
    const { content, isDone } = await readSse(await mapped.ask('sse', { stream: true }));
    expect({ content, isDone }).toEqual({ content: 'hey', isDone: true });
  });

  it.each([
    ['an error object', { error: { message: 'boom', id: 1 } }],
    ['a code', { code: 40_001, msg: 'boom' }],
    ['a failed success', { success: false, message: 'boom' }],
  ])('fails a document that reports it by %s', async (_what, body) => {
    send('application/json', JSON.stringify(body));
    expect(await readError(await mapped.ask('json'))).toMatchObject({ status: 500, message: 'boom' });
  });

  it('keeps its message beside a number that no double holds', async () => {
    send('application/json', `{"error":{"message":"boom","id":${LONG_ID}}}`);
    expect(await readError(await mapped.ask('json'))).toMatchObject({ message: 'boom', id: LONG_ID });
  });

  it('ends a job, submitted or asked about', async () => {
    mapped.upstream.handle(({ res }) => sendJson(res, { error: 'no room' }));
    expect(await readError(await mapped.ask('job'))).toMatchObject({ status: 500, message: 'no room' });
    mapped.upstream.handle(({ res, path }) =>
      sendJson(res, path.includes('/jobs/') ? { error: { message: 'unknown job' } } : { id: 'j1' }),
    );
    const ms = await leastOf(3000, async () => {
      const began = performance.now();
      expect(await readError(await mapped.ask('job'))).toMatchObject({ status: 500, message: 'unknown job' });
      return performance.now() - began;
    });
    expect(ms).toBeLessThan(3000);
  });
});

describe('the end of a mapped stream', () => {
  it.each(['data:  [DONE]\n\n', 'data: "[DONE]"\n\n', 'data: [DONE]'])('is %j', async (end) => {
    mapped.upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: {"t":"hey"}\n\n${end}`);
    });
    const ms = await leastOf(1500, async () => {
      const began = performance.now();
      const { content, isDone } = await readSse(await mapped.ask('sse', { stream: true }));
      expect({ content, isDone }).toEqual({ content: 'hey', isDone: true });
      return performance.now() - began;
    });
    expect(ms).toBeLessThan(1500);
  });

  it('is [DONE] in lines, too, if each begins with a byte order mark', async () => {
    send('application/x-ndjson', '\ufeff{"t":"he"}\n\ufeff{"t":"y"}\n[DONE]\n');
    const { content, isDone } = await readSse(await mapped.ask('lines', { stream: true }));
    expect({ content, isDone }).toEqual({ content: 'hey', isDone: true });
  });
});
