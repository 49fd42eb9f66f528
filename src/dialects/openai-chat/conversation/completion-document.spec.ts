import { type ReplyEvent } from '../../../conversation/reply.js';
import { sseData } from '../../framing/sse-events.js';
import { ChunkWriter } from '../writing/chunk-writer.js';
import { completionDocument } from './completion-document.js';
import { promptOf } from './prompt-of.js';

const START: ReplyEvent = { kind: 'start', model: 'm', id: 'x' };
const document = (...events: ReplyEvent[]) => completionDocument([START, ...events, { kind: 'end' }]);
const messageOf = (completion: Record<string, unknown>) =>
  (completion['choices'] as [{ message: Record<string, unknown> }])[0].message;
const foreign = { dialect: 'anthropic-messages', value: 'sig' };

function deltas(...events: ReplyEvent[]): Record<string, unknown>[] {
  const writer = new ChunkWriter(true);
  const stream = [START, ...events].map((event) => writer.write(event)).join('');
  return [...sseData(stream)].map(
    (data) => (JSON.parse(data) as { choices: [{ delta: Record<string, unknown> }] }).choices[0].delta,
  );
}

describe('completionDocument', () => {
  it('writes a reply as a completion', () => {
    const counts = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    expect(
      document(
        { kind: 'text', delta: 'He' },
        { kind: 'text', delta: 'llo' },
        { kind: 'finish', reason: 'length' },
        { kind: 'usage', counts },
      ),
    ).toEqual({
      id: 'x',
      object: 'chat.completion',
      created: expect.any(Number) as unknown,
      model: 'm',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hello', refusal: null },
          logprobs: null,
          finish_reason: 'length',
        },
      ],
      usage: counts,
    });
  });

  it('writes reasoning with its signatures, calls and refusals', () => {
    const pieces = [
      { index: 0, id: 'a', type: 'function', name: 'f', arguments: '{}', seal: foreign },
      { index: 1, id: 'b', type: 'custom', name: 'p', arguments: 'x' },
    ];
    const message = messageOf(
      document(
        { kind: 'reasoning', delta: 'Hm' },
        { kind: 'seal', seal: foreign },
        { kind: 'reasoning', delta: 'Ah' },
        { kind: 'seal', seal: { dialect: 'openai-chat', value: 's' } },
        { kind: 'tool-calls', pieces },
      ),
    );
    const signature = expect.stringMatching(/^gw1\./) as unknown;
    expect(message).toEqual({
      role: 'assistant',
      content: null,
      refusal: null,
      reasoning_content: 'HmAh',
      reasoning_details: [
        { type: 'reasoning.text', text: 'Hm', signature },
        { type: 'reasoning.text', text: 'Ah', signature: 's' },
      ],
      tool_calls: [
        {
          id: 'a',
          type: 'function',
          function: { name: 'f', arguments: '{}' },
          extra_content: { google: { thought_signature: signature } },
        },
        { id: 'b', type: 'custom', custom: { name: 'p', input: 'x' } },
      ],
    });
    // As the client sends it back.
    expect(promptOf({ messages: [message] }).turns[0]!.parts).toEqual([
      { kind: 'reasoning', text: 'Hm', seal: foreign },
      { kind: 'reasoning', text: 'Ah', seal: { dialect: 'openai-chat', value: 's' } },
      { kind: 'tool-call', id: 'a', name: 'f', arguments: '{}', seal: foreign },
      { kind: 'tool-call', id: 'b', name: 'p', arguments: 'x', isCustom: true },
    ]);
    expect(messageOf(document({ kind: 'refusal', delta: 'No.' }))).toMatchObject({
      content: null,
      refusal: 'No.',
    });
    expect(messageOf(document())).toMatchObject({ content: '' });
  });
});

describe('ChunkWriter', () => {
  it('writes a signature with the text that it is of', () => {
    const said = deltas(
      { kind: 'reasoning', delta: 'H' },
      { kind: 'reasoning', delta: 'm' },
      { kind: 'seal', seal: foreign },
      { kind: 'text', delta: 'Yes' },
      { kind: 'reasoning', delta: 'lost' },
      { kind: 'text', delta: '!' },
      { kind: 'seal', seal: foreign },
      { kind: 'reasoning', delta: 'open' },
      { kind: 'seal', seal: { dialect: 'openai-chat', value: null } },
    );
    const signature = expect.stringMatching(/^gw1\./) as unknown;
    expect(said).toEqual([
      { role: 'assistant', reasoning_content: 'H' },
      { reasoning_content: 'm' },
      { reasoning_details: [{ type: 'reasoning.text', text: 'Hm', signature, index: 0 }] },
      { content: 'Yes' },
      { reasoning_content: 'lost' },
      { content: '!' },
      { reasoning_details: [{ type: 'reasoning.text', text: '', signature, index: 1 }] },
      { reasoning_content: 'open' },
    ]);
  });

  it('writes refusals, and custom calls to their last piece', () => {
    expect(
      deltas(
        { kind: 'refusal', delta: 'No' },
        { kind: 'tool-calls', pieces: [{ index: 0, id: 'a', type: 'custom', name: 'p', arguments: 'x' }] },
        {
          kind: 'tool-calls',
          pieces: [
            { index: 0, arguments: 'y' },
            {
              index: 1,
              id: 'b',
              type: 'function',
              name: 'f',
              arguments: '{}',
              seal: { dialect: 'gemini', value: 's' },
            },
          ],
        },
      ),
    ).toEqual([
      { role: 'assistant', refusal: 'No' },
      { tool_calls: [{ index: 0, id: 'a', type: 'custom', custom: { name: 'p', input: 'x' } }] },
      {
        tool_calls: [
          { index: 0, custom: { input: 'y' } },
          {
            index: 1,
            id: 'b',
            type: 'function',
            function: { name: 'f', arguments: '{}' },
            extra_content: { google: { thought_signature: expect.stringMatching(/^gw1\./) as unknown } },
          },
        ],
      },
    ]);
  });
});
