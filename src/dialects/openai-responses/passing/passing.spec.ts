import fc from 'fast-check';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { type JsonObject } from '../../../protocol/json.js';
import { type SecretRedactor } from '../../../upstream/secret-redactor.js';
import { type UpstreamRequest } from '../../../upstream/upstream-request.js';
import { ReportedError } from '../../ports/received-reply.js';
import { type WholeReply } from '../../ports/dialect.js';
import { SseBoundary } from '../../framing/sse-boundary.js';
import { sseEvents } from '../../framing/sse-events.js';
import { OPENAI_RESPONSES } from '../openai-responses.js';

const SECRET = 'sk-hidden';
const hide = (text: string) => text.replaceAll(SECRET, '[hidden]');
const REDACTOR = {
  redact: hide,
  redactValue: (value: unknown) => JSON.parse(hide(JSON.stringify(value))) as unknown,
} as unknown as SecretRedactor;
const SENT = { model: 'm' } as UpstreamRequest;
const REQUEST = OPENAI_RESPONSES.parse(
  Buffer.from('{"model":"m","input":"hi","stream":true,"instructions":"Be."}'),
  { depth: 10, values: 100 },
);
const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 5,
  status: 'completed',
  model: 'gpt',
  error: null,
  output: [
    { id: 'ws_1', type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'q' } },
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [
        {
          type: 'output_text',
          text: 'Hällo {"type":"error"}',
          annotations: [{ type: 'url_citation', url: 'u' }],
        },
      ],
    },
    {
      id: 'fc_1',
      type: 'function_call',
      call_id: 'c',
      name: 'f',
      arguments: '{}',
      status: 'completed',
      new_field: 1,
    },
  ],
  usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
};
const STREAM = OPENAI_RESPONSES.documentAsEvents(Buffer.from(JSON.stringify(RESPONSE)), REQUEST);

function sse(event: JsonObject, name?: string): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(event)}\n\n`;
}

function parsed(text: string): JsonObject[] {
  return [...sseEvents(text)].map(({ data }) => JSON.parse(data) as JsonObject);
}

function watchOf(...pieces: string[]) {
  const watch = OPENAI_RESPONSES.watch(REQUEST);
  const passed = pieces.map((piece) => watch.pass(Buffer.from(piece), REDACTOR, SENT).toString()).join('');
  return { watch, passed };
}

const created = sse({
  type: 'response.created',
  sequence_number: 0,
  response: { ...RESPONSE, status: 'in_progress', output: [] },
});
const delta = sse({ type: 'response.output_text.delta', sequence_number: 7, delta: SECRET });

describe('a stream that passes', () => {
  it('keeps every byte, and its usage and its end are found for any cut', () => {
    const bytes = Buffer.from(STREAM);
    fc.assert(
      fc.property(
        fc.array(fc.nat(bytes.length), { maxLength: 15 }),
        fc.constantFrom('', 'data: [DONE]\n\n'),
        (places, rest) => {
          const watch = OPENAI_RESPONSES.watch(REQUEST);
          const boundary = new SseBoundary();
          let passed = '';
          let start = 0;
          for (const end of [...places.toSorted((a, b) => a - b), bytes.length]) {
            const complete = boundary.push(bytes.subarray(start, end));
            start = end;
            if (complete !== undefined) passed += watch.pass(complete, REDACTOR, SENT).toString();
          }
          expect(passed).toBe(STREAM);
          expect(watch).toMatchObject({ hasData: true, isOver: true, error: undefined });
          expect(watch.usage).toEqual({ promptTokens: 3, completionTokens: 4, searches: 1 });
          expect(watch.ending(null)).toBe('');
          expect(watchOf(STREAM + rest).passed).toBe(STREAM);
        },
      ),
    );
  });

  it('has no data before the model has done something', () => {
    expect(watchOf(`: hello\n\n${created}`).watch.hasData).toBe(false);
    expect(watchOf(created, delta).watch.hasData).toBe(true);
    expect(OPENAI_RESPONSES.firstEvent(Buffer.from(created))).toBeUndefined();
    expect(OPENAI_RESPONSES.firstEvent(Buffer.from(created + delta))?.error).toBeUndefined();
  });

  it('keeps the text of the model, and redacts secrets in all else', () => {
    const odd = `: ${SECRET}\n\nevent: note\ndata: {"type":"note","key":"${SECRET}"}\n\n`;
    expect(watchOf(created, odd + delta).passed).toBe(created + hide(odd) + delta);
  });

  it('is not complete without its last event', () => {
    const { watch } = watchOf(created, delta);
    expect([watch.isOver, watch.ending(), watch.ending('idle_timeout')]).toEqual([
      false,
      undefined,
      undefined,
    ]);
    expect(watch.isWhole(Buffer.from('data: {"type":"response.completed"}'))).toBe(true);
    expect(watch.isWhole(Buffer.from('data: {"type":"resp'))).toBe(false);
  });

  it('ends with an error that all clients see, numbered on', () => {
    const { watch } = watchOf(created, delta);
    const error = new UpstreamError('upstream_stream_interrupted', 'It broke off.');
    const [first, second] = parsed(watch.failure(error));
    expect(first).toEqual({
      type: 'error',
      sequence_number: 8,
      code: 'upstream_stream_interrupted',
      message: 'It broke off.',
      param: null,
      error: {
        message: 'It broke off.',
        type: 'upstream_error',
        param: null,
        code: 'upstream_stream_interrupted',
      },
    });
    expect(second).toMatchObject({
      type: 'response.failed',
      sequence_number: 9,
      response: {
        id: 'resp_1',
        created_at: 5,
        model: 'gpt',
        status: 'failed',
        instructions: 'Be.',
        error: { code: 'upstream_stream_interrupted', message: 'It broke off.' },
      },
    });
    const bare = parsed(OPENAI_RESPONSES.watch(REQUEST).failure(error));
    expect(bare.map(({ type, sequence_number }) => [type, sequence_number])).toEqual([
      ['response.created', 0],
      ['error', 1],
      ['response.failed', 2],
    ]);
  });

  it.each([
    { type: 'error', code: 'server_error', message: `Oh ${SECRET}.`, param: null, sequence_number: 8 },
    { type: 'error', error: { code: 'server_error', message: `Oh ${SECRET}.` } },
    { error: { code: 'server_error', message: `Oh ${SECRET}.` } },
    {
      type: 'response.failed',
      response: { ...RESPONSE, status: 'failed', error: { code: 'server_error', message: `Oh ${SECRET}.` } },
    },
  ])('reports an error of the service in all forms: %j', (event) => {
    const { watch, passed } = watchOf(created, delta + sse(event, 'error') + delta);
    expect(passed.startsWith(created + delta)).toBe(true);
    const [first, second, ...rest] = parsed(passed.slice((created + delta).length));
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ type: 'error', sequence_number: 8, message: 'Oh [hidden].' });
    expect(second).toMatchObject({
      type: 'response.failed',
      sequence_number: 9,
      response: { id: 'resp_1', status: 'failed', error: { code: 'server_error', message: 'Oh [hidden].' } },
    });
    expect(watch.isOver).toBe(true);
    expect(watch.error).toMatchObject({ message: `Oh ${SECRET}.` });
    expect(watch.ending()).toBe('');
  });

  it('shows an error before all else as one', () => {
    const failed = sse({
      type: 'response.failed',
      response: { error: { code: 'rate_limit_exceeded', message: 'Slow.' } },
    });
    expect(OPENAI_RESPONSES.firstEvent(Buffer.from(created + failed))?.error).toMatchObject({
      message: 'Slow.',
    });
  });
});

describe('a whole response', () => {
  const answer = { status: 200, headers: { 'content-type': 'application/json' } };
  const bodyOf = (document: unknown) => ({
    bytes: Buffer.from(JSON.stringify(document)),
    gathering: undefined,
    kind: 'json' as const,
  });

  it('becomes a stream without loss, and is gathered from it again', () => {
    const gathering = OPENAI_RESPONSES.gather(REQUEST);
    for (const byte of Buffer.from(STREAM)) gathering.read(Buffer.from([byte]));
    expect(gathering.isDone).toBe(true);
    expect(gathering.finish()).toEqual(RESPONSE);
    const items = parsed(STREAM).filter(({ type }) => type === 'response.output_item.done');
    expect(items.map(({ item }) => item)).toEqual(RESPONSE.output);
    expect(parsed(STREAM).map((event) => event['sequence_number'])).toEqual(
      parsed(STREAM).map((_, index) => index),
    );
  });

  it('is gathered from its items if the last event lacks them', () => {
    const gathering = OPENAI_RESPONSES.gather(REQUEST);
    const events = parsed(STREAM).map((event) =>
      event['type'] === 'response.completed' ? { ...event, response: { ...RESPONSE, output: [] } } : event,
    );
    gathering.read(Buffer.from(events.map((event) => sse(event)).join('')));
    expect(gathering.finish()).toEqual(RESPONSE);
  });

  it('is not gathered of a stream that broke off', () => {
    const gathering = OPENAI_RESPONSES.gather(REQUEST);
    gathering.read(Buffer.from(created + delta));
    expect(() => gathering.finish()).toThrow(
      expect.objectContaining({ code: 'upstream_stream_interrupted' }) as Error,
    );
  });

  it('passes as the bytes that it is', () => {
    const body = bodyOf(RESPONSE);
    const whole = OPENAI_RESPONSES.readWhole(body, REQUEST, answer) as WholeReply;
    expect(whole.bytes).toBe(body.bytes);
    expect(whole.usage).toEqual({ promptTokens: 3, completionTokens: 4, searches: 1 });
    expect(whole.text).toBe('Hällo {"type":"error"}');
    expect(whole.toStream(REQUEST)).toBe(STREAM);
    const queued = OPENAI_RESPONSES.readWhole(
      bodyOf({ status: 'queued', output: [] }),
      REQUEST,
      answer,
    ) as WholeReply;
    expect(queued.usage).toBeUndefined();
  });

  it('is an error, or no response at all', () => {
    const failed = { ...RESPONSE, status: 'failed', error: { code: 'server_error', message: 'Oh.' } };
    for (const document of [failed, { error: { message: 'Oh.' } }]) {
      expect(OPENAI_RESPONSES.readWhole(bodyOf(document), REQUEST, answer)).toBeInstanceOf(ReportedError);
      const first = OPENAI_RESPONSES.firstEvent(
        Buffer.from(OPENAI_RESPONSES.documentAsEvents(Buffer.from(JSON.stringify(document)), REQUEST)),
      );
      expect(first?.error).toMatchObject({ message: 'Oh.' });
    }
    expect(() => OPENAI_RESPONSES.readWhole(bodyOf({ choices: [] }), REQUEST, answer)).toThrow(
      expect.objectContaining({ code: 'upstream_invalid_response' }) as Error,
    );
    expect(OPENAI_RESPONSES.beginsStream(Buffer.from('{"type":"response.created"}\n{'))).toBe(true);
    expect(OPENAI_RESPONSES.beginsStream(Buffer.from(JSON.stringify(RESPONSE)))).toBe(false);
  });
});
