import { type ReplyEvent } from '../../../src/conversation/reply.js';
import { type JsonObject } from '../../../src/protocol/json.js';
import { sseEvents } from '../../../src/dialects/framing/sse-events.js';
import { OPENAI_RESPONSES } from '../../../src/dialects/openai-responses/openai-responses.js';

/** A response with an item of each kind. */
export const RESPONSE = {
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
/** What it says, once folded. */
export const SAID = {
  model: 'gpt',
  id: 'resp_1',
  refusal: 'No.',
  citations: [],
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

export function readAll(text: string): ReplyEvent[] {
  const reader = OPENAI_RESPONSES.reader();
  const events = [...sseEvents(text)].flatMap((event) => reader.read(event));
  return reader.isDone ? events : [...events, ...reader.end()];
}

export function sse(...events: JsonObject[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
}
