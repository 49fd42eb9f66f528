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
  wordOf,
} from './spoken.js';

const USAGE = {
  input_tokens: PROMPT_TOKENS,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: REPLY_TOKENS,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: PROMPT_TOKENS + REPLY_TOKENS,
};
const HEAD = { id: 'resp_1', object: 'response', created_at: 1, model: 'up', tools: [], error: null };

function itemsOf({ thought, text, calls = [], end }: Spoken): Body[] {
  const part =
    end === 'refusal' ? { type: 'refusal', refusal: text } : { type: 'output_text', text, annotations: [] };
  return [
    ...(thought
      ? [
          {
            id: 'rs_1',
            type: 'reasoning',
            summary: [{ type: 'summary_text', text: thought.text }],
            encrypted_content: thought.signature,
          },
        ]
      : []),
    ...(text === undefined
      ? []
      : [{ id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [part] }]),
    ...calls.map(({ id, name, input }) => ({
      id: `fc_${id}`,
      type: 'function_call',
      status: 'completed',
      call_id: id,
      name,
      arguments: JSON.stringify(input),
    })),
  ];
}

function wholeOf(spoken: Spoken): Body {
  const isCut = spoken.end === 'length';
  return {
    ...HEAD,
    status: isCut ? 'incomplete' : 'completed',
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    output: itemsOf(spoken),
    usage: USAGE,
  };
}

/** OpenAI's Responses. */
export const RESPONSES_SERVICE: ServiceFormat = {
  json: wholeOf,
  stream: (spoken) => {
    let sequence_number = 0;
    const event = (type: string, fields: object): string =>
      named(type, { sequence_number: sequence_number++, ...fields });
    const begun = { ...HEAD, status: 'in_progress', output: [], usage: null };
    const events = [
      event('response.created', { response: begun }),
      event('response.in_progress', { response: begun }),
    ];
    for (const [output_index, item] of itemsOf(spoken).entries()) {
      const at = { item_id: item['id'], output_index };
      if (item['type'] === 'reasoning') {
        const { summary } = item as { summary: [{ text: string }] };
        events.push(
          event('response.output_item.added', {
            output_index,
            item: { ...item, summary: [], encrypted_content: '' },
          }),
          event('response.reasoning_summary_part.added', {
            ...at,
            summary_index: 0,
            part: { type: 'summary_text', text: '' },
          }),
          ...halves(summary[0].text).map((delta) =>
            event('response.reasoning_summary_text.delta', { ...at, summary_index: 0, delta }),
          ),
          event('response.reasoning_summary_text.done', { ...at, summary_index: 0, text: summary[0].text }),
          event('response.reasoning_summary_part.done', { ...at, summary_index: 0, part: summary[0] }),
        );
      } else if (item['type'] === 'message') {
        const [part] = item['content'] as [Body];
        const field = part['type'] === 'refusal' ? 'refusal' : 'text';
        const kind = part['type'] === 'refusal' ? 'refusal' : 'output_text';
        const text = String(part[field]);
        events.push(
          event('response.output_item.added', { output_index, item: { ...item, content: [] } }),
          event('response.content_part.added', { ...at, content_index: 0, part: { ...part, [field]: '' } }),
          ...halves(text).map((delta) =>
            event(`response.${kind}.delta`, { ...at, content_index: 0, delta, logprobs: [] }),
          ),
          event(`response.${kind}.done`, { ...at, content_index: 0, [field]: text }),
          event('response.content_part.done', { ...at, content_index: 0, part }),
        );
      } else {
        const text = String(item['arguments']);
        events.push(
          event('response.output_item.added', { output_index, item: { ...item, arguments: '' } }),
          ...halves(text).map((delta) => event('response.function_call_arguments.delta', { ...at, delta })),
          event('response.function_call_arguments.done', { ...at, arguments: text }),
        );
      }
      events.push(event('response.output_item.done', { output_index, item }));
    }
    if (spoken.error !== undefined) {
      const error = { code: 'server_error', message: spoken.error };
      events.push(event('response.failed', { response: { ...begun, status: 'failed', error } }));
    } else {
      const response = wholeOf(spoken);
      events.push(
        event(spoken.end === 'length' ? 'response.incomplete' : 'response.completed', { response }),
      );
    }
    return events;
  },
  refused: (message) => ({ error: { message, type: 'invalid_request_error', param: 'input', code: null } }),
  history: ({ input, instructions }) => {
    const items = typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input);
    return {
      turns: [
        ...(instructions === undefined || instructions === null ? [] : [`system: ${textOf(instructions)}`]),
        ...items.flatMap((item: Body): string[] => {
          if (item['type'] === 'function_call')
            return [`call ${String(item['name'])} ${JSON.stringify(JSON.parse(String(item['arguments'])))}`];
          if (item['type'] === 'function_call_output') return [`result ${textOf(item['output'])}`];
          return item['role'] === undefined ? [] : [`${wordOf(item['role'])}: ${textOf(item['content'])}`];
        }),
      ],
      signatures: items.flatMap((item: Body) =>
        item['type'] === 'reasoning' ? [String(item['encrypted_content'])] : [],
      ),
    };
  },
};
