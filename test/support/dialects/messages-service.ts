import {
  type Body,
  type ServiceFormat,
  type Spoken,
  PROMPT_TOKENS,
  REPLY_TOKENS,
  halves,
  listOf,
  named,
  textOf,
} from './spoken.js';

const STOPS = {
  length: 'max_tokens',
  refusal: 'refusal',
  'stop-sequence': 'stop_sequence',
  stop: 'end_turn',
};
const stopOf = ({ end, calls }: Spoken): object => ({
  stop_reason: end === undefined && calls !== undefined ? 'tool_use' : STOPS[end ?? 'stop'],
  stop_sequence: end === 'stop-sequence' ? 'END' : null,
});
const HEAD = { id: 'msg_1', type: 'message', role: 'assistant', model: 'up' };

function blocksOf({ thought, text, calls = [] }: Spoken): Body[] {
  return [
    ...(thought ? [{ type: 'thinking', thinking: thought.text, signature: thought.signature }] : []),
    ...(text === undefined ? [] : [{ type: 'text', text }]),
    ...calls.map((call) => ({ type: 'tool_use', ...call })),
  ];
}

/** Anthropic's Messages. */
export const MESSAGES_SERVICE: ServiceFormat = {
  json: (spoken) => ({
    ...HEAD,
    content: blocksOf(spoken),
    ...stopOf(spoken),
    usage: { input_tokens: PROMPT_TOKENS, output_tokens: REPLY_TOKENS },
  }),
  stream: (spoken) => [
    named('message_start', {
      message: {
        ...HEAD,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: PROMPT_TOKENS, output_tokens: 1 },
      },
    }),
    named('ping'),
    ...blocksOf(spoken).flatMap((block, index) => {
      const delta = (fields: object): string => named('content_block_delta', { index, delta: fields });
      const begin = (content_block: object): string => named('content_block_start', { index, content_block });
      const stop = named('content_block_stop', { index });
      if (block['type'] === 'text')
        return [
          begin({ type: 'text', text: '' }),
          ...halves(String(block['text'])).map((text) => delta({ type: 'text_delta', text })),
          stop,
        ];
      if (block['type'] === 'thinking')
        return [
          begin({ type: 'thinking', thinking: '', signature: '' }),
          ...halves(String(block['thinking'])).map((thinking) => delta({ type: 'thinking_delta', thinking })),
          delta({ type: 'signature_delta', signature: block['signature'] }),
          stop,
        ];
      return [
        begin({ ...block, input: {} }),
        ...halves(JSON.stringify(block['input'])).map((partial_json) =>
          delta({ type: 'input_json_delta', partial_json }),
        ),
        stop,
      ];
    }),
    ...(spoken.error === undefined
      ? [
          named('message_delta', {
            delta: stopOf(spoken),
            usage: { output_tokens: REPLY_TOKENS },
          }),
          named('message_stop'),
        ]
      : [named('error', { error: { type: 'api_error', message: spoken.error } })]),
  ],
  refused: (message) => ({ type: 'error', error: { type: 'invalid_request_error', message } }),
  history: ({ messages, system }) => {
    const all = listOf(messages).map(({ role, content }) => ({
      role: String(role),
      blocks: typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content),
    }));
    return {
      turns: [
        ...(system === undefined ? [] : [`system: ${textOf(system)}`]),
        ...all.flatMap(({ role, blocks }) =>
          blocks.flatMap((block: Body): string[] => {
            if (block['type'] === 'text') return [`${role}: ${String(block['text'])}`];
            if (block['type'] === 'tool_use')
              return [`call ${String(block['name'])} ${JSON.stringify(block['input'])}`];
            return block['type'] === 'tool_result' ? [`result ${textOf(block['content'])}`] : [];
          }),
        ),
      ],
      signatures: all.flatMap(({ blocks }) =>
        blocks.flatMap((block: Body) => (block['type'] === 'thinking' ? [String(block['signature'])] : [])),
      ),
    };
  },
};
