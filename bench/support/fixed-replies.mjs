/** What the fixed service says, in each format: the same text, of about 1 KB, and events of about 240 bytes. */

const CONTENT = 'No real model answers here, but every step on the way works. '.repeat(12);
const WORD = 'word ';

/**
 * @typedef {object} Reply
 * @property {Buffer} answer
 * @property {string} firstEvents of a stream, before its text
 * @property {string} event one with text
 * @property {string} end the last events
 * @property {string} [countedEnd] the same, for a request that asks for its usage
 * @property {string} wanted what each request holds
 */

/** By the end of the path. @type {Record<string, Reply>} */
const REPLIES = {
  '/ask': houseReply(),
  '/messages': messagesReply(),
  '/responses': responsesReply(),
  '/embeddings': embeddingsReply(),
};
const CHAT = chatReply();

/** @param {string} path @returns {Reply} */
export function fixedReply(path) {
  const [bare] = path.split('?', 1);
  return REPLIES[bare.slice(bare.lastIndexOf('/'))] ?? CHAT;
}

/** @returns {Reply} */
function chatReply() {
  const usage = { prompt_tokens: 200, completion_tokens: 150, total_tokens: 350 };
  const answer = {
    id: 'chatcmpl-fixed',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'upstream-model',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: CONTENT, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage,
    system_fingerprint: 'fp_fixed',
  };
  const chunk = (choices, more = '') =>
    'data: {"id":"chatcmpl-fixed-stream","object":"chat.completion.chunk","created":1700000000,' +
    `"model":"upstream-model","system_fingerprint":"fp_fixed","choices":[${choices}]${more}}\n\n`;
  const choice = (delta, finishReason) =>
    `{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finishReason}}`;
  const end = chunk(choice('{}', '"stop"'));
  const done = 'data: [DONE]\n\n';
  return {
    answer: json(answer),
    firstEvents: '',
    event: chunk(choice(JSON.stringify({ content: WORD }), 'null')),
    end: `${end}${done}`,
    countedEnd: `${end}${chunk('', `,"usage":${JSON.stringify(usage)}`)}${done}`,
    wanted: '"messages":[',
  };
}

/** An in-house service: an envelope, field names of its own, and events that name their type. @returns {Reply} */
function houseReply() {
  const usage = { in: 200, out: 150 };
  const event = (kind, data) =>
    `data: ${JSON.stringify({
      code: 0,
      msg: 'ok',
      request: 'req-7f6e5d4c3b2a19080706050403020100',
      conversation: 'conv-7f6e5d4c3b2a19080706050403020100',
      event: kind,
      data,
    })}\n\n`;
  const answer = {
    code: 0,
    msg: 'ok',
    data: { id: 'house-fixed', answer: CONTENT, finish: 'stop', usage },
    trace: { host: 'house-1', took_ms: 12 },
  };
  return {
    answer: json(answer),
    firstEvents: '',
    event: event('delta', { text: WORD, role: 'assistant', index: 0 }),
    end: event('end', { finish: 'stop', usage }),
    wanted: '"history":[',
  };
}

/** Anthropic's Messages. @returns {Reply} */
function messagesReply() {
  const message = (content, stop_reason, output_tokens) => ({
    id: 'msg_fixed',
    type: 'message',
    role: 'assistant',
    model: 'upstream-model',
    content,
    stop_reason,
    stop_sequence: null,
    usage: { input_tokens: 200, output_tokens },
  });
  const delta = (text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
  return {
    answer: json(message([{ type: 'text', text: CONTENT }], 'end_turn', 150)),
    firstEvents: named(
      { type: 'message_start', message: message([], null, 1) },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ),
    event: named(delta(WORD)),
    end: named(
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 150 },
      },
      { type: 'message_stop' },
    ),
    wanted: '"messages":[',
  };
}

/** OpenAI's Responses. @returns {Reply} */
function responsesReply() {
  const part = (text) => ({ type: 'output_text', text, annotations: [], logprobs: [] });
  const item = (status, content) => ({
    id: 'msg_fixed',
    type: 'message',
    status,
    role: 'assistant',
    content,
  });
  const response = (status, output) => ({
    id: 'resp_fixed',
    object: 'response',
    created_at: 1_700_000_000,
    status,
    error: null,
    incomplete_details: null,
    model: 'upstream-model',
    output,
    ...(status === 'completed' && {
      usage: {
        input_tokens: 200,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: 150,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 350,
      },
    }),
  });
  const place = { item_id: 'msg_fixed', output_index: 0, content_index: 0 };
  return {
    answer: json(response('completed', [item('completed', [part(CONTENT)])])),
    firstEvents: named(
      { type: 'response.created', sequence_number: 0, response: response('in_progress', []) },
      { type: 'response.in_progress', sequence_number: 1, response: response('in_progress', []) },
      {
        type: 'response.output_item.added',
        sequence_number: 2,
        output_index: 0,
        item: item('in_progress', []),
      },
      { type: 'response.content_part.added', sequence_number: 3, ...place, part: part('') },
    ),
    event: named({
      type: 'response.output_text.delta',
      sequence_number: 4,
      ...place,
      delta: WORD,
      logprobs: [],
    }),
    end: named(
      { type: 'response.output_text.done', sequence_number: 5, ...place, text: WORD, logprobs: [] },
      { type: 'response.content_part.done', sequence_number: 6, ...place, part: part(WORD) },
      {
        type: 'response.output_item.done',
        sequence_number: 7,
        output_index: 0,
        item: item('completed', [part(WORD)]),
      },
      {
        type: 'response.completed',
        sequence_number: 8,
        response: response('completed', [item('completed', [part(WORD)])]),
      },
    ),
    wanted: '"input":',
  };
}

/** As many numbers as make about 1 KB. @returns {Reply} */
function embeddingsReply() {
  const embedding = Array.from({ length: 80 }, (_, index) => Number(((index * 0.0137) % 1).toFixed(8)));
  const answer = {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding }],
    model: 'upstream-model',
    usage: { prompt_tokens: 200, total_tokens: 200 },
  };
  return {
    answer: json(answer),
    firstEvents: '',
    event: '',
    end: '',
    wanted: '"input":',
  };
}

function json(value) {
  return Buffer.from(JSON.stringify(value));
}

/** Events that name their type twice, as both formats do. */
function named(...events) {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}
