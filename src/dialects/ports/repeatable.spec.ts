import { ANTHROPIC_MESSAGES } from '../anthropic-messages/anthropic-messages.js';
import { CLIENT_DIALECTS } from '../client-dialects.js';
import { OPENAI_CHAT } from '../openai-chat/openai-chat.js';
import { OPENAI_RESPONSES } from '../openai-responses/openai-responses.js';
import { partsOf } from './repeatable.js';

describe('what may be given again', () => {
  it('is of models that only read, and of texts', () => {
    expect(
      CLIENT_DIALECTS.filter(({ repeatable }) => repeatable !== undefined).map(({ route }) => route),
    ).toEqual([
      '/v1/chat/completions',
      '/v1/messages',
      '/v1/responses',
      '/v1/completions',
      '/v1/embeddings',
      '/v1/rerank',
      '/v2/rerank',
      '/v1/moderations',
    ]);
  });

  it.each([
    [{ temperature: 0 }, true],
    [{ temperature: 0, seed: 1, n: 2 }, true],
    [{ temperature: 0, tools: null }, true],
    [{ temperature: 0, tools: [{ type: 'function', function: {} }, { type: 'custom' }] }, true],
    [{}, false],
    [{ seed: 1 }, false],
    [{ temperature: 1 }, false],
    [{ temperature: '0' }, false],
    [{ temperature: null }, false],
    [{ temperature: 0, tools: [{ type: 'function' }, { type: 'web_search' }] }, false],
    [{ temperature: 0, tools: 'all' }, false],
  ])('a chat with %j: %s', (body, expected) => {
    for (const { repeatable } of [OPENAI_CHAT, OPENAI_RESPONSES, ANTHROPIC_MESSAGES])
      expect(repeatable!.isDeterministic(body)).toBe(expected);
  });

  it('excludes searches and MCP servers, but not a tool of the client', () => {
    expect(OPENAI_CHAT.repeatable.isDeterministic({ temperature: 0, web_search_options: {} })).toBe(false);
    const tools = [{ name: 'own', input_schema: {} }];
    expect(ANTHROPIC_MESSAGES.repeatable!.isDeterministic({ temperature: 0, tools })).toBe(true);
    expect(ANTHROPIC_MESSAGES.repeatable!.isDeterministic({ temperature: 0, mcp_servers: [] })).toBe(false);
  });

  const whole = (document: unknown) => partsOf(Buffer.from(JSON.stringify(document)), false);
  const stream = (...events: unknown[]) =>
    partsOf(
      Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') + 'data: [DONE]\n\n'),
      true,
    );
  const choice = (finish_reason: unknown, index = 0) => ({ choices: [{ index, finish_reason }] });

  it.each([
    [whole(choice('stop')), true],
    [whole(choice('tool_calls')), true],
    [whole(choice('length')), false],
    [whole(choice('content_filter')), false],
    [whole({ choices: [] }), false],
    [whole({ choices: [{ finish_reason: 'stop' }, { finish_reason: 'length' }] }), false],
    [whole({ error: {} }), false],
    [whole([]), false],
    [stream(choice(null), choice('stop'), { choices: [], usage: {} }), true],
    [stream(choice(null), choice('stop'), choice('')), true],
    [stream(choice('stop'), choice(null, 1)), false],
    [stream(choice(null), choice('length')), false],
    [stream(choice(null)), false],
  ])('choices %#: %s', (parts, expected) => {
    expect(OPENAI_CHAT.repeatable.isComplete(parts)).toBe(expected);
  });

  it.each([
    [whole({ status: 'completed' }), true],
    [whole({ status: 'incomplete' }), false],
    [stream({ type: 'response.created', response: { status: 'in_progress' } }), false],
    [stream({ type: 'response.completed', response: { status: 'completed' } }), true],
    [stream({ type: 'response.incomplete', response: { status: 'incomplete' } }), false],
    [[], false],
  ])('responses %#: %s', (parts, expected) => {
    expect(OPENAI_RESPONSES.repeatable!.isComplete(parts)).toBe(expected);
  });

  it.each([
    [whole({ stop_reason: 'end_turn' }), true],
    [whole({ stop_reason: 'tool_use' }), true],
    [whole({ stop_reason: 'max_tokens' }), false],
    [whole({ stop_reason: 'pause_turn' }), false],
    [
      stream(
        { type: 'message_start' },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
        { type: 'message_stop' },
      ),
      true,
    ],
    [
      stream({ type: 'message_start' }, { type: 'message_delta', delta: { stop_reason: 'max_tokens' } }),
      false,
    ],
    [stream({ type: 'message_start' }), false],
  ])('messages %#: %s', (parts, expected) => {
    expect(ANTHROPIC_MESSAGES.repeatable!.isComplete(parts)).toBe(expected);
  });
});
