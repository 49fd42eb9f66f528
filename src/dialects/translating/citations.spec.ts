import { type Citation, type ReplyEvent } from '../../conversation/reply.js';
import { ANTHROPIC_MESSAGES } from '../anthropic-messages/anthropic-messages.js';
import { sseEvents } from '../framing/sse-events.js';
import { OPENAI_CHAT } from '../openai-chat/openai-chat.js';
import { OPENAI_RESPONSES } from '../openai-responses/openai-responses.js';
import { type UpstreamDialect } from '../ports/upstream-dialect.js';

const SOURCE = { url: 'u', title: 't' };
const CITED = { ...SOURCE, start_index: 1, end_index: 3 };

/** The sources among events, and the names of what is lost. */
function citationsOf(events: readonly ReplyEvent[]): Citation[] {
  return events.flatMap((event) => (event.kind === 'citation' ? [event.citation] : []));
}
function streamed(
  dialect: UpstreamDialect,
  ...events: object[]
): { readonly citations: Citation[]; readonly lost: string[] } {
  const lost = new Set<string>();
  const reader = dialect.reader(lost);
  const citations = citationsOf(events.flatMap((event) => reader.read({ data: JSON.stringify(event) })));
  return { citations, lost: [...lost] };
}

describe('sources that are read', () => {
  it('of chunks are reported once, in either shape; one without a position applies to all the text so far', () => {
    const delta = (fields: object) => ({ choices: [{ index: 0, delta: fields }] });
    const nested = { type: 'url_citation', url_citation: CITED };
    const flat = { type: 'url_citation', ...SOURCE, content: 'words' };
    const { citations, lost } = streamed(
      OPENAI_CHAT,
      delta({ content: 'text' }),
      delta({ annotations: [nested] }),
      delta({ annotations: [nested, flat, { type: 'file_citation', file: 1 }, { type: 'url_citation' }] }),
    );
    expect(citations).toEqual([
      { ...SOURCE, start: 1, end: 3 },
      { ...SOURCE, quote: 'words', start: 0, end: 4 },
    ]);
    expect(lost).toEqual(['response.annotations']);
  });

  it('of a response have their places in all of its text', () => {
    const part = (text: string, ...annotations: object[]) => ({ type: 'output_text', text, annotations });
    const cited = { type: 'url_citation', ...CITED };
    const file = { type: 'file_citation', file_id: 'f', filename: 'n', index: 0 };
    const item = (id: string, ...content: object[]) => ({ type: 'message', id, content });
    const output = [item('a', part('abcd'), part('efgh', cited)), item('b', part('ijkl', cited, file))];
    const lost = new Set<string>();
    const events = OPENAI_RESPONSES.read({ status: 'completed', output }, lost);
    const expected = [
      { ...SOURCE, start: 5, end: 7 },
      { ...SOURCE, start: 9, end: 11 },
    ];
    expect(citationsOf(events)).toEqual(expected);
    expect([...lost]).toEqual(['response.annotations']);
    const added = (item_id: string, content_index: number) => ({
      type: 'response.output_text.annotation.added',
      item_id,
      content_index,
      annotation_index: 0,
      annotation: cited,
    });
    const delta = (item_id: string, content_index: number, text: string) => ({
      type: 'response.output_text.delta',
      item_id,
      content_index,
      delta: text,
    });
    const stream = streamed(
      OPENAI_RESPONSES,
      delta('a', 0, 'abcd'),
      delta('a', 1, 'efgh'),
      added('a', 1),
      { type: 'response.output_item.done', item: output[0] },
      delta('b', 0, 'ijkl'),
      added('b', 0),
      { type: 'response.completed', response: { output } },
    );
    expect(stream.citations).toEqual(expected);
    expect(stream.lost).toEqual(['response.annotations']);
  });

  it('of a message are of their block', () => {
    const web = { type: 'web_search_result_location', ...SOURCE, cited_text: 'words' };
    const search = { type: 'search_result_location', source: 'https://x', title: null, cited_text: '' };
    const lost = new Set<string>();
    const events = ANTHROPIC_MESSAGES.read(
      {
        content: [
          { type: 'text', text: 'ab' },
          { type: 'text', text: 'cd', citations: [web, search, { ...search, source: 'id-7' }] },
          { type: 'text', text: 'ef', citations: [{ type: 'char_location', document_index: 0 }] },
        ],
      },
      lost,
    );
    expect(citationsOf(events)).toEqual([
      { ...SOURCE, quote: 'words', start: 2, end: 4 },
      { url: 'https://x', start: 2, end: 4 },
    ]);
    expect([...lost]).toEqual(['response.citations']);
  });
});

describe('sources behind a call of a tool', () => {
  const call = { index: 0, id: 'c', type: 'function', name: 'f', arguments: '{}' };
  const events: readonly ReplyEvent[] = [
    { kind: 'start', model: 'm', id: 'x' },
    { kind: 'text', delta: 'abcd' },
    { kind: 'tool-calls', pieces: [call] },
    { kind: 'citation', citation: { ...SOURCE, start: 1, end: 3 } },
    { kind: 'finish', reason: 'tool_calls' },
    { kind: 'end' },
  ];
  const dataOf = (stream: string): unknown[] =>
    [...sseEvents(stream)]
      .filter(({ data }) => data !== '[DONE]')
      .map(({ data }) => JSON.parse(data) as unknown);

  it('are not lost in a stream', () => {
    for (const dialect of [OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC_MESSAGES]) {
      const body = {
        model: 'm',
        max_tokens: 9,
        stream: true,
        input: 'x',
        messages: [{ role: 'user', content: 'x' }],
      };
      const writer = dialect.writer(
        dialect.parse(Buffer.from(JSON.stringify(body)), { depth: 99, values: 999 }) as never,
      );
      const reader = dialect.reader();
      const stream = dataOf(events.map((event) => writer.write(event)).join(''));
      const read = stream.flatMap((event) => reader.read({ data: JSON.stringify(event) }));
      expect(citationsOf(read)).toMatchObject([{ url: 'u', title: 't' }]);
    }
  });

  it('go to the text in a document', () => {
    expect(ANTHROPIC_MESSAGES.document(events)).toMatchObject({
      content: [{ type: 'text', text: 'abcd', citations: [{ url: 'u' }] }, { type: 'tool_use' }],
    });
    expect(ANTHROPIC_MESSAGES.document(events.filter(({ kind }) => kind !== 'text'))).toMatchObject({
      content: [{ type: 'tool_use' }, { type: 'text', text: '', citations: [{ url: 'u' }] }],
    });
    expect(OPENAI_CHAT.document(events)).toMatchObject({
      choices: [{ message: { annotations: [{ url_citation: CITED }] } }],
    });
  });
});
