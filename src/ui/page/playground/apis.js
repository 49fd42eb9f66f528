import { el } from '../dom.js';
import { t } from '../words.js';

const CHAT = 'chat';
/** The kind of work of a model, by those wire formats of its service that are not for chat. */
const WORK = {
  'openai-completions': 'completions',
  'openai-embeddings': 'embeddings',
  rerank: 'rerank',
  'openai-moderations': 'moderations',
  'openai-images': 'images',
  'openai-audio': 'audio',
};
/** Used because the format requires a limit. */
const USUAL_MAX_TOKENS = 1024;
const SHOWN_NUMBERS = 4;

/**
 * The kind of work of a model, from `speaks` of `GET /v1/models`: `chat`, `embeddings` and so on.
 */
export function workOf(speaks = []) {
  return [...new Set(speaks.map((format) => WORK[format] ?? CHAT))];
}

/**
 * The requests that the playground can send, by route. `request` makes the body. `piece`, `usage`
 * and `failure` read an event of a stream; `text` reads a complete reply; `show` makes nodes of a
 * reply that is not text.
 */
const APIS = [
  {
    name: 'chatCompletions',
    work: CHAT,
    path: 'v1/chat/completions',
    isTalk: true,
    streams: true,
    request: ({ model, messages, isStream, maxTokens }) => ({
      model,
      messages,
      ...(isStream && { stream: true, stream_options: { include_usage: true } }),
      ...(maxTokens && { max_tokens: maxTokens }),
    }),
    piece: ({ choices }) => choices?.[0]?.delta?.content,
    text: ({ choices }) => choices?.[0]?.message?.content,
    usage: ({ usage }) => usage && [usage.prompt_tokens, usage.completion_tokens],
    failure: ({ error }) => error,
  },
  {
    name: 'messagesApi',
    work: CHAT,
    path: 'v1/messages',
    isTalk: true,
    streams: true,
    headers: { 'anthropic-version': '2023-06-01' },
    request: ({ model, messages, isStream, maxTokens }) => ({
      model,
      max_tokens: maxTokens || USUAL_MAX_TOKENS,
      messages,
      ...(isStream && { stream: true }),
    }),
    piece: ({ type, delta }) => (type === 'content_block_delta' ? delta.text : undefined),
    text: ({ content = [] }) => content.map(({ text = '' }) => text).join(''),
    // Input tokens are reported at the start of a stream, output tokens at its end.
    usage: ({ usage, message }) => {
      const counts = usage ?? message?.usage;
      return counts && [counts.input_tokens, counts.output_tokens];
    },
    failure: ({ error }) =>
      error && { message: error.message, code: error.details?.error_code ?? error.type },
  },
  {
    name: 'responsesApi',
    work: CHAT,
    path: 'v1/responses',
    isTalk: true,
    streams: true,
    request: ({ model, messages, isStream, maxTokens }) => ({
      model,
      input: messages,
      ...(isStream && { stream: true }),
      ...(maxTokens && { max_output_tokens: maxTokens }),
    }),
    piece: ({ type, delta }) => (type === 'response.output_text.delta' ? delta : undefined),
    text: ({ output = [] }) =>
      output.flatMap(({ content = [] }) => content.map(({ text = '' }) => text)).join(''),
    usage: ({ usage, response }) => {
      const counts = usage ?? response?.usage;
      return counts && [counts.input_tokens, counts.output_tokens];
    },
    failure: (event) => (event.type === 'error' ? event : (event.response?.error ?? undefined)),
  },
  {
    name: 'completions',
    work: 'completions',
    path: 'v1/completions',
    streams: true,
    request: ({ model, text, isStream, maxTokens }) => ({
      model,
      prompt: text,
      ...(isStream && { stream: true, stream_options: { include_usage: true } }),
      ...(maxTokens && { max_tokens: maxTokens }),
    }),
    piece: ({ choices }) => choices?.[0]?.text,
    text: ({ choices }) => choices?.[0]?.text,
    usage: ({ usage }) => usage && [usage.prompt_tokens, usage.completion_tokens],
    failure: ({ error }) => error,
  },
  {
    name: 'embeddings',
    work: 'embeddings',
    path: 'v1/embeddings',
    hint: 'embeddingsHint',
    request: ({ model, text }) => ({ model, input: linesOf(text), encoding_format: 'float' }),
    usage: ({ usage }) => usage && [usage.prompt_tokens, 0],
    show: ({ data }, { text }) => {
      const [first] = data;
      const rows = data.map(({ embedding }, index) => [
        index === 0 ? '' : likeness(first.embedding, embedding).toFixed(3),
        linesOf(text)[index] ?? '',
        `${embedding
          .slice(0, SHOWN_NUMBERS)
          .map((value) => value.toFixed(4))
          .join(', ')} …`,
      ]);
      return [
        el('p', { class: 'text', text: t('vectors', data.length, first.embedding.length) }),
        table([t('likeness'), t('text'), t('numbers')], rows),
      ];
    },
  },
  {
    name: 'rerank',
    work: 'rerank',
    path: 'v1/rerank',
    hint: 'rerankHint',
    request: ({ model, text }) => {
      const [query = '', ...documents] = linesOf(text);
      return { model, query, documents: documents.length > 0 ? documents : [query] };
    },
    usage: () => undefined,
    show: (body, { request }) => [
      table(
        [t('relevance'), t('document')],
        (body.results ?? body.data ?? []).map(({ index, relevance_score: score }) => [
          String(score),
          request.documents[index],
        ]),
      ),
    ],
  },
  {
    name: 'moderations',
    work: 'moderations',
    path: 'v1/moderations',
    request: ({ model, text }) => ({ model, input: text }),
    usage: () => undefined,
    show: ({ results: [{ flagged, category_scores: scores = {} }] }) => [
      el('p', { class: 'text', text: t(flagged ? 'flagged' : 'notFlagged') }),
      table(
        [t('score'), t('category')],
        Object.entries(scores)
          .sort(([, a], [, b]) => b - a)
          .slice(0, 5)
          .map(([name, score]) => [String(score), name]),
      ),
    ],
  },
  {
    name: 'images',
    work: 'images',
    path: 'v1/images/generations',
    request: ({ model, text }) => ({ model, prompt: text }),
    usage: ({ usage }) => usage && [usage.input_tokens, usage.output_tokens],
    show: ({ data, output_format: format = 'png' }, { text }) =>
      data.map(({ b64_json: bytes, url }) =>
        bytes === undefined
          ? el('p', { class: 'text', text: url })
          : el('img', { class: 'picture', alt: text, src: `data:image/${format};base64,${bytes}` }),
      ),
  },
  {
    name: 'speech',
    work: 'audio',
    path: 'v1/audio/speech',
    isBytes: true,
    request: ({ model, text }) => ({ model, input: text, voice: 'alloy', response_format: 'wav' }),
    usage: () => undefined,
    show: (bytes) => [
      el('audio', { controls: true, src: URL.createObjectURL(bytes) }),
      el('p', { class: 'soft said', text: t('sound', bytes.size, bytes.type) }),
    ],
  },
  {
    name: 'transcriptions',
    work: 'audio',
    path: 'v1/audio/transcriptions',
    takesFile: true,
    request: ({ model, file }) => {
      const form = new FormData();
      form.append('model', model);
      if (file !== undefined) form.append('file', file);
      return form;
    },
    text: ({ text }) => text,
    usage: ({ usage }) => (usage?.type === 'tokens' ? [usage.input_tokens, usage.output_tokens] : undefined),
    failure: ({ error }) => error,
  },
];

/** The APIs for a kind of work; those for chat if it is unknown. */
export function apisFor(work) {
  const apis = APIS.filter((api) => work.includes(api.work));
  return apis.length > 0 ? apis : APIS.filter((api) => api.work === CHAT);
}

function linesOf(text) {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** The cosine of the angle between two vectors. */
function likeness(a, b) {
  const dot = (x, y) => x.reduce((sum, value, index) => sum + value * y[index], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function table(head, rows) {
  const cells = (kind, texts) => texts.map((text) => el(kind, { text }));
  return el(
    'div',
    { class: 'scrolls' },
    el(
      'table',
      {},
      el('thead', {}, el('tr', {}, ...cells('th', head))),
      el('tbody', {}, ...rows.map((row) => el('tr', {}, ...cells('td', row)))),
    ),
  );
}
