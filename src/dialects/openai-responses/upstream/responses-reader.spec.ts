import fc from 'fast-check';
import { foldReply } from '../../../conversation/fold.js';
import { type ReplyEvent } from '../../../conversation/reply.js';
import { GatewayError } from '../../../errors/gateway-error.js';
import { type JsonObject } from '../../../protocol/json.js';
import { ReportedFailure } from '../../ports/upstream-dialect.js';
import { SseBoundary } from '../../framing/sse-boundary.js';
import { sseEvents } from '../../framing/sse-events.js';
import { OPENAI_RESPONSES } from '../openai-responses.js';
import { responseEvents } from '../passing/response-events.js';

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status: 'completed',
  model: 'gpt',
  error: null,
  output: [
    {
      id: 'rs_1',
      type: 'reasoning',
      summary: [
        { type: 'summary_text', text: 'one' },
        { type: 'summary_text', text: 'two' },
      ],
      encrypted_content: 'sealed',
    },
    { id: 'ws_1', type: 'web_search_call', status: 'completed', action: {} },
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      status: 'completed',
      content: [
        { type: 'output_text', text: 'Hällo 🙂', annotations: [{ type: 'file_path' }] },
        { type: 'refusal', refusal: 'No.' },
      ],
    },
    {
      id: 'fc_1',
      type: 'function_call',
      call_id: 'call_a',
      name: 'f',
      arguments: '{"x":1}',
      status: 'completed',
    },
    { id: 'ctc_1', type: 'custom_tool_call', call_id: 'call_b', name: 'p', input: 'free' },
  ],
  usage: {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 2 },
    total_tokens: 15,
  },
};
const SAID = {
  model: 'gpt',
  id: 'resp_1',
  refusal: 'No.',
  finish: { kind: 'finish', reason: 'tool_calls' },
  parts: [
    { kind: 'reasoning', text: 'one\n\ntwo', seal: { dialect: 'openai-responses', value: 'sealed' } },
    { kind: 'text', text: 'Hällo 🙂' },
    { kind: 'tool-call', id: 'call_a', name: 'f', arguments: '{"x":1}' },
    { kind: 'tool-call', id: 'call_b', name: 'p', arguments: 'free', isCustom: true },
  ],
  counts: {
    prompt_tokens: 10,
    completion_tokens: 5,
    total_tokens: 15,
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 2 },
    server_tool_use: { web_search_requests: 1 },
  },
};

function readAll(text: string): ReplyEvent[] {
  const reader = OPENAI_RESPONSES.reader();
  const events = [...sseEvents(text)].flatMap((event) => reader.read(event));
  return reader.isDone ? events : [...events, ...reader.end()];
}

function sse(...events: JsonObject[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
}

const completed = { type: 'response.completed', response: { ...RESPONSE, output: [] } };

describe('the reply in a response', () => {
  it('has JSON as the arguments of a call that says none', () => {
    const call = { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'f', arguments: '' };
    const document = { ...RESPONSE, output: [call] };
    expect(foldReply(OPENAI_RESPONSES.read(document)).parts).toMatchObject([{ name: 'f', arguments: '{}' }]);
    const stream = sse(
      { type: 'response.output_item.added', output_index: 0, item: call },
      { type: 'response.function_call_arguments.done', output_index: 0, item_id: 'fc_1', arguments: '' },
      { type: 'response.output_item.done', output_index: 0, item: call },
      { type: 'response.completed', response: document },
    );
    expect(foldReply(readAll(stream)).parts).toMatchObject([{ name: 'f', arguments: '{}' }]);
  });

  it('is the same as a document and as a stream', () => {
    expect(foldReply(OPENAI_RESPONSES.read(RESPONSE))).toEqual(SAID);
    const events = readAll(responseEvents(RESPONSE));
    expect(foldReply(events)).toEqual(SAID);
    expect([events[0]!.kind, events.at(-1)!.kind]).toEqual(['start', 'end']);
  });

  it('is the same wherever the stream is cut', () => {
    const bytes = Buffer.from(responseEvents(RESPONSE));
    const whole = readAll(bytes.toString());
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (places) => {
        const reader = OPENAI_RESPONSES.reader();
        const boundary = new SseBoundary();
        const events: ReplyEvent[] = [];
        let start = 0;
        for (const end of [...places.toSorted((a, b) => a - b), bytes.length]) {
          const complete = boundary.push(bytes.subarray(start, end));
          start = end;
          if (complete === undefined) continue;
          for (const event of sseEvents(complete.toString())) events.push(...reader.read(event));
        }
        expect(events).toEqual(whole);
      }),
    );
  });

  it('is read once, whichever events say it', () => {
    const kinds = [
      'response.created',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.custom_tool_call_input.delta',
      'response.refusal.delta',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.output_item.done',
    ];
    const all = [...sseEvents(responseEvents(RESPONSE))].map(({ data }) => JSON.parse(data) as JsonObject);
    fc.assert(
      fc.property(fc.subarray(kinds), (left) => {
        const kept = all.filter(({ type }) => !left.includes(String(type)));
        const reply = foldReply(readAll(sse(...kept)));
        expect(reply.parts.filter(({ kind }) => kind !== 'reasoning')).toEqual(
          expect.arrayContaining(SAID.parts.slice(1)),
        );
        expect(reply.parts.length).toBeLessThanOrEqual(5);
        expect(reply).toMatchObject({ refusal: SAID.refusal, finish: SAID.finish, counts: SAID.counts });
      }),
    );
  });

  it('has what the deltas have left out, from the events that are whole', () => {
    const at = { output_index: 0, item_id: 'x' };
    const added = (type: string) => ({
      type: 'response.output_item.added',
      output_index: 0,
      item: { id: 'x', type, call_id: 'c', name: 'f' },
    });
    const ends: readonly [string, string, string, JsonObject][] = [
      ['message', 'output_text', 'text', { content_index: 0 }],
      ['message', 'refusal', 'refusal', { content_index: 0 }],
      ['reasoning', 'reasoning_summary_text', 'text', { summary_index: 0 }],
      ['reasoning', 'reasoning_text', 'text', { content_index: 0 }],
      ['function_call', 'function_call_arguments', 'arguments', {}],
      ['custom_tool_call', 'custom_tool_call_input', 'input', {}],
    ];
    for (const [item, event, field, place] of ends) {
      const reply = foldReply(
        readAll(
          sse(
            added(item),
            { type: `response.${event}.delta`, ...at, ...place, delta: 'abc' },
            { type: `response.${event}.done`, ...at, ...place, [field]: 'abcdef' },
            completed,
          ),
        ),
      );
      const [part] = reply.parts;
      const said =
        part === undefined ? reply.refusal : part.kind === 'tool-call' ? part.arguments : part.text;
      expect([event, said]).toEqual([event, 'abcdef']);
    }
  });

  it('may lack positions, ids and the first event', () => {
    const item = { type: 'function_call', call_id: 'a', name: 'f', arguments: '' };
    const events = readAll(
      sse(
        { type: 'response.output_item.added', item },
        { type: 'response.function_call_arguments.delta', delta: '{}' },
        { type: 'response.output_item.done', item: { ...item, arguments: '{}' } },
        { type: 'response.output_text.delta', item_id: 'm', output_index: 1, delta: 'x' },
        { type: 'response.whatever', new: true },
        completed,
      ),
    );
    expect(foldReply(events).parts).toEqual([
      { kind: 'tool-call', id: 'a', name: 'f', arguments: '{}' },
      { kind: 'text', text: 'x' },
    ]);
  });

  it.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'content_filter'],
    ['something', 'length'],
  ])('may be cut for %s', (reason, finish) => {
    const response = { ...RESPONSE, output: [], status: 'incomplete', incomplete_details: { reason } };
    const events = readAll(sse({ type: 'response.incomplete', response }));
    expect(foldReply(events).finish?.reason).toBe(finish);
    expect(foldReply(OPENAI_RESPONSES.read(response)).finish?.reason).toBe(finish);
  });

  it('may end by [DONE] alone, where each item has ended', () => {
    const item = { id: 'm', type: 'message', content: [{ type: 'output_text', text: 'x' }] };
    const added = sse({
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...item, content: [] },
    });
    const done = sse({ type: 'response.output_item.done', output_index: 0, item });
    expect(foldReply(readAll(`${added}${done}data: [DONE]\n\n`))).toMatchObject({
      finish: { reason: 'stop' },
    });
    const interrupted = expect.objectContaining({ code: 'upstream_stream_interrupted' }) as Error;
    expect(() => readAll(`${added}data: [DONE]\n\n`)).toThrow(interrupted);
    expect(() => readAll(added + done)).toThrow(interrupted);
  });

  it.each([
    [{ type: 'error', code: 'server_error', message: 'Oh.', param: null }, 'Oh.'],
    [{ type: 'error', error: { type: 'server_error', message: 'Oh.' } }, 'Oh.'],
    [
      { type: 'response.failed', response: { status: 'failed', error: { code: 'x', message: 'Oh.' } } },
      'Oh.',
    ],
    [{ type: 'response.failed', response: { status: 'failed', error: null } }, 'The response has failed.'],
    [{ error: { message: 'Oh.' } }, 'Oh.'],
  ])('fails by %j', (event, message) => {
    const thrown = catchError(() => readAll(sse({ type: 'response.created', response: RESPONSE }, event)));
    expect(thrown).toBeInstanceOf(ReportedFailure);
    expect((thrown as ReportedFailure).error).toMatchObject({ message });
  });

  it.each([
    { status: 'failed', output: [], error: { code: 'server_error', message: 'Oh.' } },
    { error: { message: 'Oh.' } },
    { status: 'cancelled', output: [], error: null },
  ])('fails as the document %j', (document) => {
    expect(() => OPENAI_RESPONSES.read(document)).toThrow(ReportedFailure);
  });

  it.each([5, 'x', {}, { object: 'chat.completion', choices: [] }, { status: 'queued', output: [] }])(
    'is not in %j',
    (document) => {
      expect(() => OPENAI_RESPONSES.read(document)).toThrow(
        expect.objectContaining({ code: 'upstream_invalid_response' }) as Error,
      );
    },
  );

  it('begins with its start and throws nothing unexpected, whatever comes', () => {
    const types = [...new Set([...sseEvents(responseEvents(RESPONSE))].map(({ event }) => event!))];
    const value = fc.oneof(
      fc.constantFrom<unknown>(null, 0, 1, 'x', '', {}, [], RESPONSE.output[0], RESPONSE.output[3]),
      fc.jsonValue(),
    );
    const event = fc.record(
      {
        type: fc.constantFrom(...types),
        output_index: value,
        item_id: value,
        item: value,
        part: value,
        delta: value,
        text: value,
        arguments: value,
        response: value,
        content_index: value,
      },
      { requiredKeys: ['type'] },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (sent) => {
        const reader = OPENAI_RESPONSES.reader();
        const events: ReplyEvent[] = [];
        try {
          for (const each of sent) events.push(...reader.read({ data: JSON.stringify(each) }));
        } catch (error) {
          expect(error instanceof GatewayError || error instanceof ReportedFailure).toBe(true);
        }
        expect(events.findIndex(({ kind }) => kind === 'start')).toBeLessThanOrEqual(0);
        expect(events.filter(({ kind }) => kind === 'start').length).toBe(events.length > 0 ? 1 : 0);
        const end = events.findIndex(({ kind }) => kind === 'end');
        expect(end === -1 || end === events.length - 1).toBe(true);
        const indexes = events.flatMap((each) => (each.kind === 'tool-calls' ? each.pieces : []));
        expect(indexes.every(({ index }) => Number.isInteger(index))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

function catchError(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
