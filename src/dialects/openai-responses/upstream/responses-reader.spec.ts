import { foldReply } from '../../../conversation/fold.js';
import { type JsonObject } from '../../../protocol/json.js';
import { ReportedFailure } from '../../ports/upstream-dialect.js';
import { OPENAI_RESPONSES } from '../openai-responses.js';
import { responseEvents } from '../passing/response-events.js';
import { RESPONSE, SAID, readAll, sse } from '../../../../test/support/dialects/read-response.js';

const completed = { type: 'response.completed', response: { ...RESPONSE, output: [] } };

describe('the reply in a response', () => {
  it('has {} as the arguments of a call that has none', () => {
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

  it('may end by [DONE] alone if each item has ended', () => {
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
});

function catchError(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
