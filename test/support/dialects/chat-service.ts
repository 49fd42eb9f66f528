import {
  type Body,
  type ServiceFormat,
  type Spoken,
  PROMPT_TOKENS,
  REPLY_TOKENS,
  halves,
  listOf,
  sse,
  textOf,
} from './spoken.js';

const USAGE = {
  prompt_tokens: PROMPT_TOKENS,
  completion_tokens: REPLY_TOKENS,
  total_tokens: PROMPT_TOKENS + REPLY_TOKENS,
};
const HEAD = { id: 'chatcmpl-1', created: 1, model: 'up' };

const detailOf = ({ text, signature }: NonNullable<Spoken['thought']>): object => ({
  type: 'reasoning.text',
  text,
  signature,
  format: 'anthropic-claude-v1',
  index: 0,
});
const callOf = ({ id, name, input }: NonNullable<Spoken['calls']>[number]): object => ({
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(input) },
});
const finishOf = ({ end, calls }: Spoken): string => {
  if (end === 'length') return 'length';
  return calls === undefined ? 'stop' : 'tool_calls';
};

/** OpenAI's chat completions, with OpenRouter's `reasoning_details`. */
export const CHAT_SERVICE: ServiceFormat = {
  json: (spoken) => ({
    ...HEAD,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: spoken.end === 'refusal' ? null : (spoken.text ?? null),
          refusal: spoken.end === 'refusal' ? (spoken.text ?? null) : null,
          ...(spoken.thought && {
            reasoning: spoken.thought.text,
            reasoning_details: [detailOf(spoken.thought)],
          }),
          ...(spoken.calls && { tool_calls: spoken.calls.map(callOf) }),
        },
        finish_reason: finishOf(spoken),
        ...(spoken.end === 'stop-sequence' && { stop_reason: 'END' }),
      },
    ],
    usage: USAGE,
  }),
  stream: (spoken) => {
    const chunk = (delta: object, finish_reason: string | null = null, more: object = {}): string =>
      sse({
        ...HEAD,
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta, finish_reason, ...more }],
      });
    const field = spoken.end === 'refusal' ? 'refusal' : 'content';
    return [
      chunk({ role: 'assistant', content: '' }),
      ...(spoken.thought
        ? [
            ...halves(spoken.thought.text).map((text) =>
              chunk({ reasoning: text, reasoning_details: [{ type: 'reasoning.text', text, index: 0 }] }),
            ),
            chunk({
              reasoning_details: [{ ...detailOf({ ...spoken.thought, text: '' }) }],
            }),
          ]
        : []),
      ...halves(spoken.text ?? '').map((text) => chunk({ [field]: text })),
      ...(spoken.calls ?? []).flatMap((call, index) => {
        const { id, name, input } = call;
        return [
          chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
          ...halves(JSON.stringify(input)).map((text) =>
            chunk({ tool_calls: [{ index, function: { arguments: text } }] }),
          ),
        ];
      }),
      ...(spoken.error === undefined
        ? [
            chunk({}, finishOf(spoken), spoken.end === 'stop-sequence' ? { stop_reason: 'END' } : {}),
            sse({ ...HEAD, object: 'chat.completion.chunk', choices: [], usage: USAGE }),
            'data: [DONE]\n\n',
          ]
        : [sse({ error: { message: spoken.error, type: 'server_error', code: null } })]),
    ];
  },
  refused: (message) => ({
    error: { message, type: 'invalid_request_error', param: 'messages', code: null },
  }),
  history: ({ messages }) => {
    const all = listOf(messages);
    return {
      turns: all.flatMap((message) => {
        const { role, content, tool_calls: calls } = message;
        if (role === 'tool') return [`result ${textOf(content)}`];
        const said = textOf(content);
        return [
          ...(said === '' ? [] : [`${String(role)}: ${said}`]),
          ...listOf(calls).map((call) => {
            const { name, arguments: text } = call['function'] as Body;
            return `call ${String(name)} ${JSON.stringify(JSON.parse(String(text)))}`;
          }),
        ];
      }),
      signatures: all.flatMap((message) =>
        listOf(message['reasoning_details']).map(({ signature }) => String(signature)),
      ),
    };
  },
};
