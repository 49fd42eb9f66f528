import fc from 'fast-check';
import OpenAI from 'openai';
import { foldReply } from '../../../conversation/fold.js';
import { type ReplyEvent } from '../../../conversation/reply.js';
import { type JsonObject } from '../../../protocol/json.js';
import { sseEvents } from '../../framing/sse-events.js';
import { OPENAI_RESPONSES } from '../openai-responses.js';

const TOOLS = [
  { type: 'function', name: 'look', parameters: { type: 'object', properties: {} } },
  { type: 'custom', name: 'patch' },
  { type: 'local_shell' },
  { type: 'shell' },
  { type: 'apply_patch' },
  { type: 'tool_search', execution: 'client' },
  { type: 'namespace', name: 'mcp', description: '', tools: [{ type: 'function', name: 'find' }] },
  { type: 'web_search' },
];
const NAMES = ['look', 'patch', 'local_shell', 'shell', 'apply_patch', 'tool_search', 'mcp__find', 'unknown'];

function requestOf(fields: JsonObject = {}) {
  const body = { model: 'm', input: 'hi', stream: true, tools: TOOLS, ...fields };
  return OPENAI_RESPONSES.parse(Buffer.from(JSON.stringify(body)), { depth: 100, values: 10_000 });
}

const word = fc.oneof(
  fc.string({ maxLength: 8, unit: 'grapheme' }),
  fc.constantFrom('', '\n\n', '"', 'data: x\n\n'),
);
const seal = fc.record({
  dialect: fc.constantFrom('openai-responses', 'anthropic-messages'),
  value: fc.string(),
});
const piece = fc
  .record(
    {
      index: fc.nat(4),
      id: fc.constantFrom('', 'call_1', 'call_2', 'call_3'),
      type: fc.constantFrom('function', 'custom'),
      name: fc.constantFrom('', ...NAMES),
      arguments: fc.oneof(
        word,
        fc.constantFrom(
          '{}',
          '{"input":"x"}',
          '{"command":["ls"]}',
          '{"commands":["ls"]}',
          '{"type":"delete_file","path":"a"}',
          '{"query":"q"}',
        ),
      ),
      seal,
    },
    { requiredKeys: ['index', 'arguments'] },
  )
  .map((each) => each);
const event: fc.Arbitrary<ReplyEvent> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('start' as const),
      model: word,
      id: fc.option(word, { nil: undefined }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('text' as const, 'reasoning' as const, 'refusal' as const),
      delta: word,
    }),
  },
  { weight: 1, arbitrary: seal.map((each) => ({ kind: 'seal' as const, seal: each })) },
  {
    weight: 5,
    arbitrary: fc.array(piece, { maxLength: 3 }).map((pieces) => ({ kind: 'tool-calls' as const, pieces })),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        kind: fc.constant('finish' as const),
        reason: fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter', 'odd'),
        explanation: word,
      },
      { requiredKeys: ['kind', 'reason'] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<ReplyEvent>(
      { kind: 'usage', counts: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } },
      { kind: 'usage', counts: { prompt_tokens: -1, completion_tokens: null } },
      { kind: 'usage', counts: {} },
    ),
  },
);
/** Any events at all, in any order, before the end. */
const reply = fc.array(event, { maxLength: 25 }).map((events): ReplyEvent[] => [...events, { kind: 'end' }]);
const settings = fc.record({
  store: fc.boolean(),
  include: fc.constantFrom(null, ['reasoning.encrypted_content']),
});

function textOf(events: readonly ReplyEvent[], fields: JsonObject = {}): string {
  const writer = OPENAI_RESPONSES.writer(requestOf(fields));
  return events.map((each) => writer.write(each)).join('');
}

function parsed(text: string): JsonObject[] {
  return [...sseEvents(text)].map(({ event: name, data }) => {
    const value = JSON.parse(data) as JsonObject;
    expect(value['type']).toBe(name);
    return value;
  });
}

describe('the stream of a response', () => {
  it('obeys the grammar whatever the service says', () => {
    fc.assert(
      fc.property(reply, settings, (events, fields) => {
        new Grammar().accept(parsed(textOf(events, fields)));
      }),
      { numRuns: 500 },
    );
  });

  it('ends with the response that its events have spelled', () => {
    fc.assert(
      fc.property(reply, settings, (events, fields) => {
        const grammar = new Grammar();
        const sent = parsed(textOf(events, fields));
        grammar.accept(sent);
        const { output } = sent.at(-1)!['response'] as { output: JsonObject[] };
        expect(output).toEqual(grammar.output);
        const document = OPENAI_RESPONSES.document(events, requestOf(fields));
        const bare = (items: readonly JsonObject[]) =>
          items.map(({ id: _id, call_id: _call, ...rest }) => rest);
        const isComparable = !JSON.stringify(output).includes('"encrypted_content"');
        if (isComparable) expect(bare(document['output'] as JsonObject[])).toEqual(bare(output));
      }),
      { numRuns: 300 },
    );
  });

  it('says all words of the reply, and no others', () => {
    fc.assert(
      fc.property(reply, (events) => {
        const { output } = parsed(textOf(events)).at(-1)!['response'] as { output: JsonObject[] };
        const parts = output.flatMap(({ type, content }) =>
          type === 'message' ? (content as JsonObject[]) : [],
        );
        const said = parts.map(({ text }) => (text as string | undefined) ?? '').join('');
        const folded = foldReply(events).parts;
        expect(said).toBe(folded.map((part) => (part.kind === 'text' ? part.text : '')).join(''));
        const thoughts = output.flatMap(({ type, summary }) =>
          type === 'reasoning' ? (summary as JsonObject[]) : [],
        );
        expect(thoughts.map(({ text }) => text).join('')).toBe(
          folded.map((part) => (part.kind === 'reasoning' ? part.text : '')).join(''),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('is read by the SDK to its end, and to the same response', async () => {
    await fc.assert(
      fc.asyncProperty(reply, settings, async (events, fields) => {
        const text = textOf(events, fields);
        const client = new OpenAI({
          apiKey: 'none',
          maxRetries: 0,
          fetch: () =>
            Promise.resolve(new Response(text, { headers: { 'content-type': 'text/event-stream' } })),
        });
        const response = await client.responses.stream({ model: 'm', input: 'hi' }).finalResponse();
        const last = parsed(text).at(-1)!['response'] as JsonObject;
        expect(response.output.map(({ id }) => id)).toEqual(
          (last['output'] as JsonObject[]).map(({ id }) => id),
        );
        expect(response.status).toBe(last['status']);
      }),
      { numRuns: 60 },
    );
  });
});

interface Open {
  readonly item: JsonObject;
  readonly parts: JsonObject[];
  part: { readonly index: number; readonly whole: JsonObject; text: string; isDone: boolean } | undefined;
  text: string;
  isTextDone: boolean;
}

/**
 * What clients take for a good stream, written down from the SDKs' accumulators: the order of events, which item each
 * belongs to, and that each event that ends something repeats what the deltas said.
 */
class Grammar {
  readonly output: JsonObject[] = [];
  readonly #open = new Map<unknown, Open>();
  readonly #ids = new Set<unknown>();
  readonly #callIds = new Set<unknown>();
  #next = 0;

  accept(events: readonly JsonObject[]): void {
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index));
    expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['response.created', 'response.in_progress']);
    const ids = new Set<unknown>();
    for (const [index, each] of events.entries()) {
      const isLast = index === events.length - 1;
      if (each['response'] === undefined) this.#accept(each);
      else {
        const response = each['response'] as JsonObject;
        ids.add(response['id']);
        expect(index < 2 || isLast).toBe(true);
        if (isLast) this.#acceptEnd(String(each['type']), response);
        else expect(response).toMatchObject({ status: 'in_progress', output: [], usage: null });
      }
    }
    expect(ids.size).toBe(1);
    expect([...ids][0]).toMatch(/^resp_/);
  }

  #acceptEnd(type: string, response: JsonObject): void {
    expect(this.#open.size).toBe(0);
    expect(type).toBe(`response.${String(response['status'])}`);
    expect(['completed', 'incomplete']).toContain(response['status']);
    const isCut = response['status'] === 'incomplete';
    expect(response['incomplete_details']).toEqual(isCut ? { reason: expect.any(String) as string } : null);
    const cut = this.output.filter(({ status }) => status === 'incomplete');
    expect(cut.length).toBeLessThanOrEqual(isCut ? 1 : 0);
    const { usage } = response;
    if (usage !== null)
      expect(usage).toMatchObject({
        input_tokens_details: { cached_tokens: expect.any(Number) as number },
        output_tokens_details: { reasoning_tokens: expect.any(Number) as number },
      });
  }

  #accept(event: JsonObject): void {
    const type = String(event['type']);
    if (type === 'response.output_item.added') return this.#begin(event);
    const open = this.#open.get(event['output_index']);
    expect(open).toBeDefined();
    if (type === 'response.output_item.done') return this.#end(open!, event);
    expect(event['item_id']).toBe(open!.item['id']);
    this.#inside(open!, type, event);
  }

  #begin({ output_index: index, item: value }: JsonObject): void {
    const item = value as JsonObject;
    expect(index).toBe(this.#next++);
    expect(item['id']).toMatch(/^[a-z]+_\w+$/);
    expect(this.#ids.has(item['id'])).toBe(false);
    this.#ids.add(item['id']);
    if (item['type'] !== 'message' && item['type'] !== 'reasoning') {
      expect(item['call_id']).toMatch(/./);
      expect(this.#callIds.has(item['call_id'])).toBe(false);
      this.#callIds.add(item['call_id']);
    }
    expect(item['status']).toBe('in_progress');
    this.#open.set(index, { item, parts: [], part: undefined, text: '', isTextDone: false });
  }

  #inside(open: Open, type: string, event: JsonObject): void {
    const allowed: Record<string, readonly string[]> = {
      message: ['content_part', 'output_text', 'refusal'],
      reasoning: ['reasoning_summary_part', 'reasoning_summary_text'],
      function_call: ['function_call_arguments'],
      custom_tool_call: ['custom_tool_call_input'],
    };
    const [, what, how] = /^response\.(\w+)\.(added|delta|done)$/.exec(type)!;
    expect(allowed[String(open.item['type'])]).toContain(what);
    const index = (event['content_index'] ?? event['summary_index']) as number;
    const isPart = what === 'content_part' || what === 'reasoning_summary_part';
    if (isPart && how === 'added') {
      expect(open.part).toBeUndefined();
      expect(index).toBe(open.parts.length);
      open.part = { index, whole: event['part'] as JsonObject, text: '', isDone: false };
      return;
    }
    if (isPart) {
      const { part } = open;
      expect(part).toMatchObject({ index, isDone: true });
      const whole = event['part'] as JsonObject;
      const field = whole['type'] === 'refusal' ? 'refusal' : 'text';
      expect(whole).toEqual({ ...part!.whole, [field]: part!.text });
      open.parts.push(whole);
      open.part = undefined;
      return;
    }
    const target =
      what === 'function_call_arguments' || what === 'custom_tool_call_input' ? undefined : open.part;
    if (target === undefined) {
      expect(index).toBeUndefined();
      expect(open.isTextDone).toBe(false);
      if (how === 'delta') open.text += String(event['delta']);
      else {
        open.isTextDone = true;
        expect(event['arguments'] ?? event['input']).toBe(open.text);
      }
      return;
    }
    expect(target.index).toBe(index);
    expect(target.isDone).toBe(false);
    const names: Record<string, string> = {
      output_text: 'output_text',
      refusal: 'refusal',
      summary_text: 'reasoning_summary_text',
    };
    expect(what).toBe(names[String(target.whole['type'])]);
    if (how === 'delta') target.text += String(event['delta']);
    else {
      target.isDone = true;
      expect(event[what === 'refusal' ? 'refusal' : 'text']).toBe(target.text);
    }
  }

  #end(open: Open, { output_index: index, item: value }: JsonObject): void {
    const item = value as JsonObject;
    const { id, type, call_id } = open.item;
    expect(item).toMatchObject({ id, type, ...(call_id !== undefined && { call_id }) });
    expect(open.part).toBeUndefined();
    expect(['completed', 'incomplete']).toContain(item['status']);
    if (type === 'message') expect(item['content']).toEqual(open.parts);
    if (type === 'message') expect(open.parts.length).toBeGreaterThan(0);
    if (type === 'reasoning') expect(item['summary']).toEqual(open.parts);
    if (type === 'function_call' || type === 'custom_tool_call') {
      expect(open.isTextDone).toBe(true);
      expect(item['arguments'] ?? item['input']).toBe(open.text);
    }
    this.#open.delete(index);
    this.output[index as number] = item;
  }
}
