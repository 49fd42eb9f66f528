import { inflateSync } from 'node:zlib';
import { type FaultKind } from '../faults/faults.js';
import { Sandbox } from '../sandbox.js';

const KEY = { authorization: 'Bearer sandbox-key' };
const JSON_HEADERS = { ...KEY, 'content-type': 'application/json' };

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
});
afterEach(() => sandbox.clearFaults());
afterAll(() => sandbox.close());

const post = (path: string, body: unknown): Promise<Response> =>
  fetch(sandbox.url + path, {
    method: 'POST',
    headers: body instanceof FormData ? KEY : JSON_HEADERS,
    body: body instanceof FormData ? body : JSON.stringify(body),
  });

async function read<Shape>(path: string, body: unknown): Promise<Shape> {
  const response = await post(path, body);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text) as Shape;
}

const eventsIn = (text: string): unknown[] =>
  [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) =>
    data === '[DONE]' ? data : (JSON.parse(data!) as unknown),
  );

function form(
  fields: Readonly<Record<string, string>>,
  files: Readonly<Record<string, Blob>> = {},
): FormData {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) made.append(name, value);
  for (const [name, value] of Object.entries(files)) made.append(name, value, `${name}.wav`);
  return made;
}

const RECORDING = new Blob([new Uint8Array(32_000)]);
const transcription = (more: Record<string, string> = {}): FormData =>
  form({ model: 'm', ...more }, { file: RECORDING });

/** One good request of each kind. */
const REQUESTS: readonly (readonly [path: string, body: () => unknown])[] = [
  ['/v1/completions', () => ({ model: 'm', prompt: 'once' })],
  ['/v1/embeddings', () => ({ model: 'm', input: 'once' })],
  ['/v1/rerank', () => ({ model: 'm', query: 'a', documents: ['a'] })],
  ['/v2/rerank', () => ({ model: 'm', query: 'a', documents: ['a'] })],
  ['/v1/moderations', () => ({ model: 'm', input: 'once' })],
  ['/v1/images/generations', () => ({ model: 'm', prompt: 'a cat' })],
  ['/v1/images/edits', () => form({ model: 'm', prompt: 'a hat' }, { image: RECORDING })],
  ['/v1/audio/speech', () => ({ model: 'm', input: 'once', voice: 'alloy' })],
  ['/v1/audio/transcriptions', () => transcription()],
  ['/v1/audio/translations', () => transcription()],
  ['/v1/messages/count_tokens', () => ({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })],
];

interface Embeddings {
  readonly data: readonly { readonly index: number; readonly embedding: number[] }[];
  readonly usage: { readonly prompt_tokens: number; readonly total_tokens: number };
}

describe('embeddings', () => {
  const embed = (more: object): Promise<Embeddings> =>
    read('/v1/embeddings', { model: 'm', input: 'a cat', ...more });
  const likeness = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, index) => sum + value * b[index]!, 0);

  it('are the same for the same text, and closer for texts with words in common', async () => {
    const { data } = await embed({ input: ['a black cat', 'A black cat.', 'a black dog', '完全不同'] });
    const [first, again, similar, other] = data.map(({ embedding }) => embedding);
    expect(first).toEqual(again);
    expect(likeness(first!, first!)).toBeCloseTo(1, 5);
    expect(likeness(first!, similar!)).toBeGreaterThan(likeness(first!, other!) + 0.3);
  });

  it('hold the same numbers in Base64', async () => {
    const [{ data: floats }, { data: packed }] = await Promise.all([
      embed({ dimensions: 8 }),
      embed({ dimensions: 8, encoding_format: 'base64' }),
    ]);
    const bytes = Buffer.from(packed[0]!.embedding as unknown as string, 'base64');
    expect([...new Float32Array(new Uint8Array(bytes).buffer)]).toEqual(floats[0]!.embedding);
  });

  it.each([
    ['a text', 'a cat', 1, 2],
    ['texts', ['a cat', '猫'], 2, 3],
    ['tokens', [1, 2, 3], 1, 3],
    ['tokens of several', [[1, 2], [3]], 2, 3],
  ])('count the tokens of %s', async (_, input, vectors, tokens) => {
    const { data, usage } = await embed({ input, dimensions: 4 });
    expect(data.map(({ index, embedding }) => [index, embedding.length])).toEqual(
      Array.from({ length: vectors }, (__, index) => [index, 4]),
    );
    expect(usage).toEqual({ prompt_tokens: tokens, total_tokens: tokens });
  });

  it.each([
    [{ input: '' }, 'input'],
    [{ input: [] }, 'input'],
    [{ input: ['a', 1] }, 'input'],
    [{ input: undefined }, 'input'],
    [{ dimensions: 0 }, 'dimensions'],
    [{ encoding_format: 'int8' }, 'encoding_format'],
    [{ model: '' }, 'model'],
  ])('refuse %j', async (more, param) => {
    const response = await post('/v1/embeddings', { model: 'm', input: 'a', ...more });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param, type: 'invalid_request_error' } });
  });
});

describe('completions', () => {
  it('have a choice for each prompt and each of `n`, and say alike as JSON and as a stream', async () => {
    const request = { model: 'm', prompt: ['one', 'two'], n: 2, max_tokens: 3 };
    const whole = await read<Record<string, unknown>>('/v1/completions', request);
    expect(whole).toMatchObject({
      object: 'text_completion',
      choices: [0, 1, 2, 3].map((index) => ({ index, finish_reason: 'length', logprobs: null })),
      usage: { prompt_tokens: 2, completion_tokens: 12, total_tokens: 14 },
    });
    const response = await post('/v1/completions', {
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    const events = eventsIn(await response.text()) as {
      choices: { index: number; text: string }[];
      usage: unknown;
    }[];
    expect(events.pop()).toBe('[DONE]');
    expect(events.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    const texts = ['', '', '', ''];
    for (const { choices } of events) for (const { index, text } of choices) texts[index] += text;
    expect(texts).toEqual((whole.choices as { text: string }[]).map(({ text }) => text));
  });

  it('have 16 tokens without a limit, the prompt where `echo` is set, and tokens for a text', async () => {
    const { choices, usage } = await read<{ choices: { text: string }[]; usage: object }>('/v1/completions', {
      model: 'm',
      prompt: [7, 8],
      echo: true,
    });
    expect(choices[0]!.text).toMatch(/^7 8/);
    expect(usage).toEqual({ prompt_tokens: 2, completion_tokens: 16, total_tokens: 18 });
  });
});

describe('rerank', () => {
  const request = {
    model: 'm',
    query: 'return a parcel',
    documents: ['opening hours', { text: 'Return it.' }],
  };

  it('puts the better document first, with its text, as Jina has it', async () => {
    const reply = await read<{ results: { relevance_score: number }[] }>('/v1/rerank', request);
    expect(reply).toMatchObject({
      model: 'm',
      results: [{ index: 1, document: { text: 'Return it.' } }, { index: 0 }],
      usage: { total_tokens: expect.any(Number) },
    });
    const scores = reply.results.map(({ relevance_score: score }) => score);
    expect(scores[0]).toBeGreaterThan(scores[1]!);
  });

  it('counts searches as Cohere has it', async () => {
    const reply = await read<Record<string, unknown>>('/v2/rerank', { ...request, top_n: 1 });
    expect(reply).toEqual({
      id: expect.any(String),
      results: [{ index: 1, relevance_score: expect.any(Number) }],
      meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } },
    });
  });
});

it('judges texts one by one, and parts together', async () => {
  const judge = async (input: unknown): Promise<boolean[]> =>
    (await read<{ results: { flagged: boolean }[] }>('/v1/moderations', { input })).results.map(
      ({ flagged }) => flagged,
    );
  expect(await judge('I will kill you')).toEqual([true]);
  expect(await judge(['hello', '我要杀了你'])).toEqual([false, true]);
  expect(await judge([{ type: 'text', text: 'hello' }, { type: 'image_url' }])).toEqual([false]);
});

describe('images', () => {
  interface Images {
    readonly data: readonly { readonly b64_json?: string; readonly url?: string }[];
    readonly usage: Record<string, unknown>;
  }
  const draw = (more: object): Promise<Images> =>
    read('/v1/images/generations', { model: 'm', prompt: 'a cat', ...more });

  function sizeOf(png: Buffer): readonly [number, number] {
    expect(png.toString('latin1', 1, 4)).toBe('PNG');
    const at = png.indexOf('IDAT');
    const pixels = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    expect(pixels.length).toBe(height * (1 + Math.ceil(width / 8)));
    return [width, height];
  }

  it('are small PNG files of the size that was asked for', async () => {
    const { data, usage } = await draw({ n: 2, size: '100x50' });
    const files = data.map(({ b64_json }) => Buffer.from(b64_json!, 'base64'));
    expect(files.map(sizeOf)).toEqual([
      [100, 50],
      [100, 50],
    ]);
    expect(files[0]!.length).toBeLessThan(2000);
    expect(files[0]!.equals(files[1]!)).toBe(false);
    expect(usage).toMatchObject({ input_tokens: 2, output_tokens: 544, total_tokens: 546 });
  });

  it('come by an address that works', async () => {
    const { data } = await draw({ response_format: 'url' });
    const response = await fetch(data[0]!.url!);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(sizeOf(Buffer.from(await response.arrayBuffer()))).toEqual([256, 256]);
  });

  it('come as events, parts first', async () => {
    const response = await post('/v1/images/generations', {
      model: 'm',
      prompt: 'a cat',
      stream: true,
      partial_images: 2,
    });
    expect(eventsIn(await response.text())).toMatchObject([
      { type: 'image_generation.partial_image', partial_image_index: 0 },
      { type: 'image_generation.partial_image', partial_image_index: 1 },
      { type: 'image_generation.completed', usage: { output_tokens: 272 } },
    ]);
  });

  it('are edited, from a form or from addresses', async () => {
    const edited = await read<Images>(
      '/v1/images/edits',
      form({ model: 'm', prompt: 'a hat' }, { 'image[]': RECORDING }),
    );
    expect(edited.usage).toMatchObject({ input_tokens_details: { text_tokens: 2, image_tokens: 272 } });
    const images = [{ image_url: 'https://x.example/a.png' }];
    const other = await read<Images>('/v1/images/edits', { model: 'm', prompt: 'a hat', images });
    expect(other.data).toHaveLength(1);
  });
});

describe('audio', () => {
  const SPEECH = { model: 'm', input: 'one two three', voice: 'alloy' };

  it.each([
    [undefined, 'audio/mpeg', 'fffb'],
    ['opus', 'audio/ogg', '4f676753'],
    ['aac', 'audio/aac', 'fff1'],
    ['flac', 'audio/flac', '664c6143'],
    ['wav', 'audio/wav', '52494646'],
    ['pcm', 'application/octet-stream', '0000'],
  ])('is spoken as %s, without a length', async (response_format, type, head) => {
    const response = await post('/v1/audio/speech', { ...SPEECH, response_format });
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('content-length')).toBeNull();
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.toString('hex').startsWith(head)).toBe(true);
  });

  it('is spoken in events, which hold the same bytes and the counts', async () => {
    const asked = { ...SPEECH, response_format: 'wav' };
    const audio = Buffer.from(await (await post('/v1/audio/speech', asked)).arrayBuffer());
    const response = await post('/v1/audio/speech', { ...asked, stream_format: 'sse' });
    const events = eventsIn(await response.text()) as { type: string; audio?: string }[];
    const done = events.pop();
    expect(done).toMatchObject({
      type: 'speech.audio.done',
      usage: { input_tokens: 4, output_tokens: 10, total_tokens: 14 },
    });
    const spoken = Buffer.concat(events.map((event) => Buffer.from(event.audio!, 'base64')));
    expect(spoken.equals(audio)).toBe(true);
  });

  it.each([
    ['json', 'application/json', /^\{"text":"The sandbox/],
    ['text', 'text/plain', /^The sandbox .*\n$/],
    ['srt', 'application/x-subrip', /^1\n00:00:00,000 --> 00:00:02,000\nThe/],
    ['vtt', 'text/vtt', /^WEBVTT\n\n00:00:00\.000 --> 00:00:02\.000\n/],
    ['verbose_json', 'application/json', /"task":"transcribe","language":"english","duration":2,/],
  ])('is written down as %s', async (response_format, type, text) => {
    const response = await post('/v1/audio/transcriptions', transcription({ response_format }));
    expect(response.headers.get('content-type')).toContain(type);
    expect(await response.text()).toMatch(text);
  });

  it('is written down in events, but by Whisper, which counts seconds', async () => {
    const response = await post(
      '/v1/audio/transcriptions',
      transcription({ stream: 'true', language: 'zh' }),
    );
    const events = eventsIn(await response.text()) as { delta?: string }[];
    const done = events.pop() as { text?: string };
    expect(events.map(({ delta }) => delta).join('')).toBe(done.text);
    expect(done).toMatchObject({ type: 'transcript.text.done', usage: { type: 'tokens', input_tokens: 20 } });
    expect(done.text).toContain('沙箱');
    const whisper = form({ model: 'whisper-1', stream: 'true' }, { file: RECORDING });
    expect(await read('/v1/audio/transcriptions', whisper)).toMatchObject({
      usage: { type: 'duration', seconds: 2 },
    });
  });

  it('is translated into English', async () => {
    const reply = await read('/v1/audio/translations', form({ model: 'whisper-1' }, { file: RECORDING }));
    expect(reply).toMatchObject({
      text: expect.stringContaining('The sandbox'),
      usage: { type: 'duration', seconds: 2 },
    });
  });

  it.each([
    ['no form', { model: 'm' }, 415],
    ['no file', form({ model: 'm' }), 400],
    ['no model', form({}, { file: RECORDING }), 400],
  ])('is refused with %s', async (_, body, status) => {
    expect((await post('/v1/audio/transcriptions', body)).status).toBe(status);
  });
});

describe('the models list', () => {
  it.each([
    ['OpenAI', '/v1/models', KEY, { object: 'list', data: [{ object: 'model', id: 'gpt-3.5-turbo' }] }],
    [
      'Anthropic',
      '/v1/models',
      { 'x-api-key': 'sandbox-key', 'anthropic-version': '2023-06-01' },
      { data: [{ type: 'model', id: 'gpt-3.5-turbo' }], has_more: false },
    ],
    [
      'Gemini',
      '/v1beta/models',
      { 'x-goog-api-key': 'sandbox-key' },
      { models: [{ name: 'models/gpt-3.5-turbo' }] },
    ],
  ])('is that of %s to its clients', async (_, path, headers, expected) => {
    const list = (await (await fetch(sandbox.url + path, { headers })).json()) as Record<string, unknown[]>;
    const [name] = Object.keys(expected).filter((key) => key === 'data' || key === 'models');
    expect({ ...list, [name!]: list[name!]!.slice(0, 1) }).toMatchObject(expected);
  });
});

describe('faults', () => {
  it.each(REQUESTS)('apply to %s', async (path, body) => {
    expect((await post(path, body())).status).toBe(200);
    const call = async (): Promise<Response> => post(path, body());
    sandbox.fail({ kind: 'status', status: 503, retry_after: 7 });
    const refused = await call();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '7']);
    expect(await refused.text()).toContain('The sandbox was told');
    sandbox.fail('html');
    expect(await (await call()).text()).toContain('<html>');
    sandbox.fail({ kind: 'wrong_content_type', content_type: 'text/strange' });
    expect((await call()).headers.get('content-type')).toBe('text/strange');
    sandbox.fail('refuse');
    await expect(call()).rejects.toThrow();
    sandbox.fail('cut');
    await expect(call().then((response) => response.arrayBuffer())).rejects.toThrow();
    const good = Buffer.from(await (await call()).arrayBuffer());
    sandbox.fail({ kind: 'big', bytes: 300_000 });
    expect((await (await call()).arrayBuffer()).byteLength).toBeGreaterThanOrEqual(300_000);
    const [first, ...kinds]: FaultKind[] = ['truncated_json', 'gzip', 'split_bytes', 'keepalive_close'];
    sandbox.fail(first!);
    expect((await (await call()).arrayBuffer()).byteLength).toBe(Math.floor(good.length / 2));
    for (const kind of kinds) {
      sandbox.fail(kind);
      const response = await call();
      expect([kind, (await response.arrayBuffer()).byteLength]).toEqual([kind, good.length]);
    }
    sandbox.fail('unauthorized');
    expect((await call()).status).toBe(401);
    expect(sandbox.pendingFaults).toBe(0);
  });

  it.each([
    ['/v1/completions', { model: 'm', prompt: 'a', stream: true }],
    ['/v1/images/generations', { model: 'm', prompt: 'a', stream: true, partial_images: 3 }],
    ['/v1/audio/speech', { model: 'm', input: 'one two three', voice: 'v', stream_format: 'sse' }],
  ])('apply to streams of %s', async (path, body) => {
    sandbox.fail({ kind: 'error_event', after: 1 });
    const text = await (await post(path, body)).text();
    expect(eventsIn(text).at(-1)).toMatchObject({ error: { code: 'sandbox_fault' } });
    sandbox.fail({ kind: 'cut_inside_event', after: 1 });
    await expect((await post(path, body)).text()).rejects.toThrow();
    sandbox.fail({ kind: 'json_for_stream' });
    expect((await post(path, body)).headers.get('content-type')).not.toContain('event-stream');
  });

  it('can wait for one kind of call', async () => {
    sandbox.fail('hang', 1, { on: 'embeddings' });
    sandbox.fail({ kind: 'status', status: 418 }, 1, { on: 'chat' });
    const chat = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
    expect((await post('/v1/moderations', { input: 'a' })).status).toBe(200);
    expect((await post('/v1/messages', { ...chat, max_tokens: 9 })).status).toBe(418);
    expect((await post('/v1/chat/completions', chat)).status).toBe(200);
    expect(sandbox.pendingFaults).toBe(1);
  });

  it.each([
    ['/v1/messages', { type: 'error', error: { type: 'overloaded_error' } }, 529],
    ['/v1/messages', { type: 'error', error: { type: 'api_error' } }, 500],
    ['/v1/messages', { type: 'error', error: { type: 'authentication_error' } }, 401],
    ['/v1/responses', { error: { type: 'rate_limit_error', code: 'sandbox_fault' } }, 429],
    ['/v1beta/models/m:generateContent', { error: { code: 503, status: 'UNAVAILABLE' } }, 503],
  ])('speak the format of %s: %j', async (path, expected, status) => {
    sandbox.fail({ kind: 'status', status });
    const messages = [{ role: 'user', content: 'hi' }];
    const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
    const response = await post(path, { model: 'm', max_tokens: 9, messages, input: 'hi', contents });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject(expected);
  });

  it.each([
    ['/v1/messages', 'event: error\ndata: {"type":"error","error":{', '"type":"api_error"'],
    ['/v1/responses', 'event: error\ndata: {"type":"error",', '"code":"sandbox_fault"'],
    ['/v1beta/models/m:streamGenerateContent', 'data: {"error":{', '"code":"sandbox_fault"'],
  ])('speak the format of %s inside a stream', async (path, begin, part) => {
    sandbox.fail('error_event');
    const messages = [{ role: 'user', content: 'hi' }];
    const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
    const body = { model: 'm', stream: true, max_tokens: 99, messages, input: 'hi', contents };
    const last = (await (await post(path, body)).text()).trimEnd().split('\n\n').at(-1);
    expect(last).toContain(begin);
    expect(last).toContain(part);
  });
});

it.each([
  ['/v1/messages', '"type":"message_delta"'],
  ['/v1/completions', '"finish_reason":"length"'],
])('leaves out nothing but the end of a stream: %s', async (path, last) => {
  sandbox.fail('no_done');
  const messages = [{ role: 'user', content: 'hi' }];
  const response = await post(path, { model: 'm', stream: true, max_tokens: 9, messages, prompt: 'hi' });
  expect((await response.text()).trimEnd().split('\n\n').at(-1)).toContain(last);
});

it('counts calls by their kind', async () => {
  const other = await Sandbox.start({ chunkDelayMs: 0 });
  for (const [path, body] of REQUESTS.slice(0, 3)) {
    await fetch(other.url + path, { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify(body()) });
  }
  const state = (await (await fetch(`${other.url}/sandbox/state`)).json()) as Record<string, unknown>;
  expect(state).toMatchObject({ chats: 0, calls: { completions: 1, embeddings: 1, rerank: 1 } });
  await other.close();
});
