/** The requests: the same for every variant, but for the model's name and the key. */

export const UPSTREAM_KEY = 'bench-upstream-key';
export const GATEWAY_KEY = 'bench-gateway-key';

/** Pause between the events of a stream. */
export const CHUNK_DELAY_MS = 20;
/** The same for streams that are held open. */
export const SLOW_CHUNK_DELAY_MS = 1000;

/** Events with text in a stream that is held open: more than are sent while it is. */
const HELD_STREAM_TOKENS = 100;
const SHORT_STREAM_TOKENS = 3;

const WORDS =
  'Tell me in plain words why a gateway in front of many model services should cost next to nothing. ';

/**
 * About 1 KB, asking for about 1 KB. Without `max_tokens`, so that the gateway adds its default; with fields that no
 * gateway knows.
 * @param {string} model
 */
export function plainBody(model) {
  return JSON.stringify({
    model,
    messages: [
      { role: 'system', content: 'You are a helpful assistant. Answer "briefly", and in whole sentences.' },
      { role: 'user', content: WORDS.repeat(3) },
      { role: 'assistant', content: WORDS.repeat(2) },
      { role: 'user', content: 'And what does that mean for the bytes that pass through it?' },
    ],
    n: 2,
    temperature: 0.7,
    top_p: 0.95,
    presence_penalty: 0,
    seed: 42,
    user: 'user-1234567890',
    metadata: { team: 'bench', trace: '7f6e5d4c3b2a' },
    x_unknown_to_gateways: { nested: [1, 2, { deeper: true }], text: 'kept as it is' },
  });
}

/**
 * @param {string} model
 * @param {number} tokens events with text
 */
function streamBody(model, tokens) {
  return JSON.stringify({
    model,
    // The sandbox counts a word as a token, so single letters give any number of tokens.
    messages: [{ role: 'user', content: 'a b c d e f g h '.repeat(12) }],
    max_tokens: tokens,
    stream: true,
    stream_options: { include_usage: true },
    x_unknown_to_gateways: true,
  });
}

/**
 * @typedef {object} Traffic ready-made HTTP requests for one variant
 * @property {string} plain
 * @property {string} stream `streamTokens` chunks, and a few that open and close it
 * @property {string} shortStream
 * @property {string} slowStream to be sent to `slowPort`
 */

/**
 * @param {{ model: string, slowModel: string, key: string, streamTokens: number }} caller
 * @returns {Traffic}
 */
export function trafficFor({ model, slowModel, key, streamTokens }) {
  return {
    plain: request(plainBody(model), key),
    stream: request(streamBody(model, streamTokens), key),
    shortStream: request(streamBody(model, SHORT_STREAM_TOKENS), key),
    slowStream: request(streamBody(slowModel, HELD_STREAM_TOKENS), key),
  };
}

/**
 * A short stream of a client that does not ask for its usage.
 * @param {{ model: string, key: string }} client
 */
export function uncountedTrafficFor({ model, key }) {
  const body = { ...JSON.parse(streamBody(model, SHORT_STREAM_TOKENS)), stream_options: undefined };
  return { shortStream: request(JSON.stringify(body), key) };
}

/**
 * The same in the format of Anthropic's Messages, as far as it has the fields.
 * @param {{ model: string, key: string, streamTokens: number, slowModel?: string }} client
 * @returns {Traffic}
 */
export function messagesTrafficFor({ model, key, streamTokens, slowModel = model }) {
  const { messages, temperature, user } = JSON.parse(plainBody(model));
  const [{ content: system }, ...turns] = messages;
  const plain = {
    model,
    max_tokens: 4096,
    system,
    messages: turns,
    temperature,
    metadata: { user_id: user },
  };
  const stream = (tokens, name = model) => {
    const { messages: asked } = JSON.parse(streamBody(name, tokens));
    return { model: name, max_tokens: tokens, messages: asked, stream: true };
  };
  const send = (body) => request(JSON.stringify(body), key, '/v1/messages');
  return {
    plain: send(plain),
    stream: send(stream(streamTokens)),
    shortStream: send(stream(SHORT_STREAM_TOKENS)),
    slowStream: send(stream(HELD_STREAM_TOKENS, slowModel)),
  };
}

/**
 * The same in the format of OpenAI's Responses, as far as it has the fields.
 * @param {{ model: string, key: string, streamTokens: number, slowModel?: string }} client
 * @returns {Traffic}
 */
export function responsesTrafficFor({ model, key, streamTokens, slowModel = model }) {
  const { messages, temperature, top_p, user, metadata } = JSON.parse(plainBody(model));
  const [{ content: instructions }, ...input] = messages;
  const plain = { model, instructions, input, temperature, top_p, user, metadata, max_output_tokens: 4096 };
  const stream = (tokens, name = model) => {
    const { messages: asked } = JSON.parse(streamBody(name, tokens));
    return { model: name, max_output_tokens: tokens, input: asked, stream: true };
  };
  const send = (body) => request(JSON.stringify(body), key, '/v1/responses');
  return {
    plain: send(plain),
    stream: send(stream(streamTokens)),
    shortStream: send(stream(SHORT_STREAM_TOKENS)),
    slowStream: send(stream(HELD_STREAM_TOKENS, slowModel)),
  };
}

/**
 * Embeddings, which have no streams: about 1 KB of text.
 * @param {{ model: string, key: string }} client
 */
export function embeddingsTrafficFor({ model, key }) {
  const body = {
    model,
    input: [WORDS.repeat(5), WORDS.repeat(3)],
    encoding_format: 'float',
    user: 'user-1234567890',
  };
  return { plain: request(JSON.stringify(body), key, '/v1/embeddings') };
}

/**
 * @param {string} body
 * @param {string} key
 * @param {string} path
 */
function request(body, key, path = '/v1/chat/completions') {
  return [
    `POST ${path} HTTP/1.1`,
    'host: bench',
    `authorization: Bearer ${key}`,
    'accept: application/json',
    'user-agent: bench/1.0',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
