import OpenAI, { APIError, toFile } from 'openai';
import {
  TEST_KEY,
  type TestGateway,
  SINGLE_ATTEMPTS,
  startGateway,
  until,
} from '../support/start-gateway.js';
import { type TestUpstream, type UpstreamCall, sendJson, startUpstream } from '../support/start-upstream.js';

jest.setTimeout(180_000);

const VECTORS = [
  [0.1, -0.25, 3e-8],
  [0.5, 0, 1],
];
const FLOATS = VECTORS.map((vector) => [...new Float32Array(vector)]);

let upstream: TestUpstream;
let gateway: TestGateway;
let client: OpenAI;

beforeAll(async () => {
  upstream = await startUpstream();
  const base_url = `${upstream.url}/v1`;
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      openai: [
        { name: 'any', base_url, model_name: 'upstream/any' },
        { name: 'refuses', base_url },
        { name: 'chats', base_url, speaks: ['openai-chat'] },
        { name: 'embeds', base_url, speaks: ['openai-embeddings'] },
        { name: 'replaced', base_url, fallbacks: ['any'], retry: { max_retries: 1 } },
      ],
    },
  });
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
});
beforeEach(() => void (upstream.calls.length = 0));
afterAll(async () => {
  await gateway?.close();
  await upstream?.close();
});

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

function base64(vector: readonly number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64');
}

function embeddings(isBase64: boolean): Record<string, unknown> {
  const data = VECTORS.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: isBase64 ? base64(vector) : vector,
  }));
  return { object: 'list', data, model: 'm', usage: { prompt_tokens: 4, total_tokens: 4 } };
}

describe('POST /v1/embeddings', () => {
  const services: Record<string, (asked: unknown) => boolean> = {
    obeys: (asked) => asked === 'base64',
    'always sends lists': () => false,
    'always sends Base64': () => true,
  };

  describe.each(Object.entries(services))('with a service that %s', (_, isBase64) => {
    beforeEach(() =>
      upstream.handle(({ body, res }: UpstreamCall) =>
        sendJson(
          res,
          embeddings(isBase64((JSON.parse(body.toString()) as OpenAI.EmbeddingCreateParams).encoding_format)),
        ),
      ),
    );

    it.each([undefined, 'float', 'base64'] as const)(
      'gives the SDK the floats for %s',
      async (encoding_format) => {
        const input = ['a', 'b'];
        const { data, usage } = await client.embeddings.create({ model: 'any', input, encoding_format });
        expect(usage).toEqual({ prompt_tokens: 4, total_tokens: 4 });
        for (const [index, { embedding }] of data.entries()) {
          if (encoding_format === 'base64') expect(embedding).toBe(base64(VECTORS[index]!));
          else expect([...new Float32Array(embedding)]).toEqual(FLOATS[index]);
        }
        expect(JSON.parse(upstream.calls[0]!.body.toString())).toMatchObject({
          model: 'upstream/any',
          input,
        });
        expect(upstream.calls[0]!.path).toBe('/v1/embeddings');
      },
    );
  });

  it('passes tokens, dimensions and bytes as they are', async () => {
    upstream.handle(({ res }) =>
      sendJson(res, '{"data" : [ ],"usage":{"prompt_tokens":1,"total_tokens":1}}'),
    );
    const body = '{ "dimensions":256, "input":[[1,2],[3]],"model": "any" }';
    const response = await post('/v1/embeddings', body);
    expect(await response.text()).toBe('{"data" : [ ],"usage":{"prompt_tokens":1,"total_tokens":1}}');
    expect(upstream.calls[0]!.body.toString()).toBe(body.replace('any', 'upstream/any'));
    const line = gateway.log().findLast((each) => each['path'] === '/v1/embeddings')!;
    expect(line).toMatchObject({ dialect: 'openai-embeddings', model: 'any', status: 200 });
  });

  it('never goes to another model', async () => {
    upstream.handle(({ res }) => sendJson(res, { error: { message: 'no' } }, 503));
    const response = await post('/v1/embeddings', { model: 'replaced', input: 'a' });
    expect(response.status).toBe(500);
    expect(
      upstream.calls.map(({ body }) => (JSON.parse(body.toString()) as { model: string }).model),
    ).toEqual(['replaced', 'replaced']);
    upstream.calls.length = 0;
    await post('/v1/rerank', { model: 'replaced', query: 'a', documents: [] });
    expect(upstream.calls).toHaveLength(3);
  });

  it.each([
    [{ model: 'any' }, 'input', 'missing_required_parameter'],
    [{ model: 'any', input: 1 }, 'input', 'invalid_type'],
    [{ model: 'any', input: 'a', encoding_format: 1 }, 'encoding_format', 'invalid_type'],
    [{ input: 'a' }, 'model', 'missing_required_parameter'],
  ])('refuses %j', async (body, param, code) => {
    const response = await post('/v1/embeddings', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param, code } });
    expect(upstream.calls).toEqual([]);
  });

  it('says what a model can do that cannot do it', async () => {
    const response = await post('/v1/embeddings', { model: 'chats', input: 'a' });
    expect(response.status).toBe(404);
    const { error } = (await response.json()) as { error: { message: string; code: string } };
    expect(error.code).toBe('operation_not_supported');
    expect(error.message).toContain('It supports: chat.');
  });

  it('counts no tokens of messages for a model that has none', async () => {
    const messages = [{ role: 'user', content: 'a' }];
    const counted = await post('/v1/messages/count_tokens', { model: 'chats', messages });
    expect(await counted.json()).toEqual({ input_tokens: expect.any(Number) as number });
    const response = await post('/v1/messages/count_tokens', { model: 'embeds', messages });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: {
        type: 'not_found_error',
        message: expect.stringContaining('It supports: embeddings.') as string,
        details: { error_code: 'operation_not_supported' },
      },
    });
  });
});

describe('a service that refuses encoding_format', () => {
  const asked: Record<string, unknown>[] = [];
  beforeAll(() => {
    upstream.handle(({ body, res }) => {
      const request = JSON.parse(body.toString()) as Record<string, unknown>;
      asked.push(request);
      if ('encoding_format' in request)
        return sendJson(res, { error: { message: "Unknown parameter: 'encoding_format'." } }, 400);
      if (request['input'] === 'bad') return sendJson(res, { error: { message: 'bad input' } }, 400);
      return sendJson(res, embeddings(false));
    });
  });

  it('gets the request once more without it, and the client its form', async () => {
    const made = await client.embeddings.create({ model: 'refuses', input: ['one', 'two'], user: 'u' });
    expect(made.data.map(({ embedding }) => embedding)).toEqual(FLOATS);
    expect(asked.map((request) => 'encoding_format' in request)).toEqual([true, false]);
    expect(asked[1]).toEqual({ model: 'refuses', input: ['one', 'two'], user: 'u' });
    expect(gateway.log().at(-1)).toMatchObject({ message: 'request', status: 200, attempts: 1 });
  });

  it('is spared it from then on', async () => {
    asked.length = 0;
    for (const encoding_format of ['float', 'base64'] as const) {
      const response = await post('/v1/embeddings', { encoding_format, model: 'refuses', input: 'x' });
      const { data } = (await response.json()) as { data: { embedding: unknown }[] };
      expect(data[0]!.embedding).toEqual(encoding_format === 'float' ? VECTORS[0] : base64(VECTORS[0]!));
    }
    expect(asked).toHaveLength(2);
  });

  it('may refuse a request for something else, once', async () => {
    asked.length = 0;
    const response = await post('/v1/embeddings', {
      model: 'refuses',
      input: 'bad',
      encoding_format: 'float',
    });
    expect(response.status).toBe(400);
    expect(asked).toHaveLength(1);
  });
});

describe('POST /v1/completions', () => {
  const chunk = (text: string, finish_reason: string | null = null): string =>
    `data: ${JSON.stringify({ id: 'cmpl-1', object: 'text_completion', choices: [{ index: 0, text, finish_reason }] })}\n\n`;

  it('passes a completion and a stream of it', async () => {
    upstream.handle(({ body, res }) => {
      if (!(JSON.parse(body.toString()) as { stream?: boolean }).stream)
        return sendJson(res, { choices: [{ text: 'b', index: 0, finish_reason: 'stop' }] });
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      return res.end(`${chunk('a')}${chunk('b', 'stop')}data: [DONE]\n\n`);
    });
    const whole = await client.completions.create({ model: 'any', prompt: '<PRE>a<SUF>' });
    expect(whole.choices[0]!.text).toBe('b');
    const stream = await client.completions.create({ model: 'any', prompt: [1, 2], stream: true });
    let text = '';
    for await (const { choices } of stream) text += choices[0]!.text;
    expect(text).toBe('ab');
    expect(upstream.calls[1]!.path).toBe('/v1/completions');
  });

  it('ends a stream that breaks off with an error', async () => {
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(chunk('a'), () => res.destroy());
    });
    const stream = await client.completions.create({ model: 'any', prompt: 'x', stream: true });
    await expect(
      (async () => {
        for await (const each of stream) expect(each.choices[0]!.text).toBe('a');
      })(),
    ).rejects.toThrow(APIError);
  });

  it('makes a document of a stream', async () => {
    const events = [
      {
        id: 'cmpl-1',
        object: 'text_completion',
        created: 5,
        model: 'up',
        choices: [{ index: 1, text: 'x' }],
      },
      {
        choices: [
          {
            index: 0,
            text: 'a',
            logprobs: { tokens: ['a'], token_logprobs: [-1], text_offset: [0] },
          },
        ],
      },
      {
        choices: [
          {
            index: 0,
            text: 'b',
            finish_reason: 'length',
            logprobs: { tokens: ['b'], token_logprobs: [-1], text_offset: [1] },
          },
        ],
      },
      { choices: [{ index: 1, text: 'y', finish_reason: 'stop' }] },
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 4, total_tokens: 5 } },
    ].map((event) => `data: ${JSON.stringify(event)}\n\n`);
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.end(`${events.join('')}data: [DONE]\n\n`);
    });
    expect(await client.completions.create({ model: 'any', prompt: 'x', n: 2 })).toMatchObject({
      id: 'cmpl-1',
      object: 'text_completion',
      created: 5,
      model: 'up',
      choices: [
        {
          index: 0,
          text: 'ab',
          finish_reason: 'length',
          logprobs: { tokens: ['a', 'b'], token_logprobs: [-1, -1], text_offset: [0, 1] },
        },
        { index: 1, text: 'xy', finish_reason: 'stop' },
      ],
      usage: { total_tokens: 5 },
    });
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.end(events.slice(0, 2).join(''));
    });
    await expect(client.completions.create({ model: 'any', prompt: 'x' })).rejects.toMatchObject({
      status: 500,
      code: 'upstream_stream_interrupted',
    });
  });

  it('makes a stream of a document', async () => {
    upstream.handle(({ res }) =>
      sendJson(res, {
        id: 'c',
        choices: [{ text: 'b', index: 0, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1 },
      }),
    );
    const response = await post('/v1/completions', { model: 'any', prompt: 'x', stream: true });
    expect(await response.text()).toBe(
      'data: {"id":"c","choices":[{"text":"b","index":0,"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
    );
  });
});

describe('rerank, moderations and images', () => {
  it.each(['/v1/rerank', '/v2/rerank'])('ranks by POST %s', async (path) => {
    const reply = '{"results": [{"index":1,"relevance_score":0.5}], "meta":{}}';
    upstream.handle(({ res }) => sendJson(res, reply));
    const response = await post(path, {
      model: 'any',
      query: 'q',
      documents: ['a', { text: 'b' }],
      top_n: 1,
    });
    expect(await response.text()).toBe(reply);
    expect(upstream.calls[0]!.path).toBe('/v1/rerank');
  });

  it('takes the usual model where a request for moderation names none', async () => {
    const response = await post('/v1/moderations', { input: 'a' });
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('omni-moderation-latest');
    const none = await post('/v1/moderations', { model: null, input: 'a' });
    expect([none.status, await none.text()]).toEqual([
      404,
      expect.stringContaining('omni-moderation-latest'),
    ]);
    upstream.handle(({ res }) => sendJson(res, { id: 'm', model: 'm', results: [] }));
    expect(await client.moderations.create({ model: 'any', input: ['a'] })).toMatchObject({ results: [] });
  });

  it('streams images, megabytes of them in one event', async () => {
    const b64_json = 'A'.repeat(3_000_000);
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(
        `event: image_generation.partial_image\ndata: ${JSON.stringify({ type: 'image_generation.partial_image', b64_json, partial_image_index: 0 })}\n\n`,
      );
      const usage = { input_tokens: 5, output_tokens: 7, total_tokens: 12 };
      res.end(
        `event: image_generation.completed\ndata: ${JSON.stringify({ type: 'image_generation.completed', b64_json, usage })}\n\n`,
      );
    });
    const stream = await client.images.generate({
      model: 'any',
      prompt: 'a cat',
      stream: true,
      partial_images: 1,
    });
    const types: string[] = [];
    for await (const event of stream) {
      types.push(event.type);
      expect(event.b64_json).toBe(b64_json);
    }
    expect(types).toEqual(['image_generation.partial_image', 'image_generation.completed']);
    const line = gateway.log().findLast((each) => each['path'] === '/v1/images/generations')!;
    expect(line).toMatchObject({ dialect: 'openai-images', prompt_tokens: 5, completion_tokens: 7 });
  });

  it.each([
    ['/v1/rerank', '<html>busy</html>'],
    ['/v1/moderations', '{"model":"m"}'],
    ['/v1/images/generations', '{"error":{"message":"no cats","code":"moderation_blocked"}}'],
    ['/v1/embeddings', '{"detail":"no such thing"}'],
  ])('takes no %s for good that holds %s', async (path, reply) => {
    upstream.handle(({ res }) => sendJson(res, reply));
    const response = await post(path, { model: 'any', input: 'a', query: 'a', documents: [], prompt: 'a' });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.json()).toMatchObject({ error: { message: expect.any(String) as string } });
  });
});

describe('POST /v1/audio/speech', () => {
  const sound = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 256));
  sound.writeUInt16BE(0xfffe, 0);

  it('passes audio byte by byte, under the type of the service', async () => {
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'audio/ogg' });
      res.write(sound.subarray(0, 1));
      setTimeout(() => res.end(sound.subarray(1)), 20);
    });
    const response = await client.audio.speech.create({ model: 'any', input: 'a', voice: 'alloy' });
    expect(response.headers.get('content-type')).toBe('audio/ogg');
    expect(sound.equals(Buffer.from(await response.arrayBuffer()))).toBe(true);
    expect(upstream.calls[0]!.headers.accept).toBe('application/octet-stream');
  });

  it('hands on the first bytes before the last ones are made', async () => {
    let finish!: () => void;
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'audio/mpeg' });
      res.write(sound.subarray(0, 1000));
      finish = () => res.end(sound.subarray(1000));
    });
    const { body } = await post('/v1/audio/speech', { model: 'any', input: 'a', voice: 'alloy' });
    const reader = body!.getReader();
    expect((await reader.read()).value!.length).toBe(1000);
    finish();
    let length = 1000;
    for (let each = await reader.read(); !each.done; each = await reader.read()) length += each.value.length;
    expect(length).toBe(sound.length);
  });

  it('cuts a response off that breaks off, and notes it', async () => {
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'audio/mpeg' });
      res.write(sound, () => res.destroy());
    });
    const response = await post('/v1/audio/speech', { model: 'any', input: 'a', voice: 'alloy' });
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow();
    const id = response.headers.get('x-request-id');
    await until(() => gateway.log().some((line) => line['request_id'] === id));
    expect(gateway.log().find((line) => line['request_id'] === id)).toMatchObject({
      status: 200,
      error: 'upstream_stream_interrupted',
    });
  });

  it('aborts the service where the client leaves', async () => {
    const closed = new Promise<void>((resolve) =>
      upstream.handle(({ res }) => {
        res.on('close', resolve);
        res.writeHead(200, { 'content-type': 'audio/mpeg' });
        res.write(sound);
      }),
    );
    const abort = new AbortController();
    const response = await fetch(`${gateway.url}/v1/audio/speech`, {
      method: 'POST',
      signal: abort.signal,
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'any', input: 'a', voice: 'alloy' }),
    });
    expect(response.status).toBe(200);
    abort.abort();
    await closed;
  });

  it('takes JSON for an error', async () => {
    upstream.handle(({ res }) => sendJson(res, { error: { message: 'no such voice', code: 'voice' } }));
    await expect(client.audio.speech.create({ model: 'any', input: 'a', voice: 'x' })).rejects.toThrow(
      'no such voice',
    );
    upstream.handle(({ res }) => sendJson(res, { audio: 'none' }));
    await expect(client.audio.speech.create({ model: 'any', input: 'a', voice: 'x' })).rejects.toThrow(
      'is JSON',
    );
  });

  it('passes events', async () => {
    const events =
      'data: {"type":"speech.audio.delta","audio":"AAAA"}\n\ndata: {"type":"speech.audio.done","usage":{"input_tokens":3,"output_tokens":9,"total_tokens":12}}\n\n';
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      // The connection stays open: the last event is the end.
      res.write(events);
    });
    const response = await post('/v1/audio/speech', {
      model: 'any',
      input: 'a',
      voice: 'v',
      stream_format: 'sse',
    });
    expect(await response.text()).toBe(events);
    const line = gateway.log().findLast((each) => each['path'] === '/v1/audio/speech')!;
    expect(line).toMatchObject({ status: 200, prompt_tokens: 3, completion_tokens: 9 });
  });
});

describe('forms', () => {
  const sound = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 13) % 256));

  it('reach the service through the SDK, with their files as they are', async () => {
    upstream.handle(({ res }) => sendJson(res, { text: 'hello', usage: { type: 'duration', seconds: 2 } }));
    const file = await toFile(sound, 'größe "1".wav', { type: 'audio/wav' });
    const transcript = await client.audio.transcriptions.create({ model: 'any', file, language: 'en' });
    expect(transcript.text).toBe('hello');
    const [call] = upstream.calls;
    expect(call!.path).toBe('/v1/audio/transcriptions');
    expect(call!.headers['content-length'] ?? call!.headers['transfer-encoding']).toBeDefined();
    const form = await new Response(new Uint8Array(call!.body), {
      headers: { 'content-type': call!.headers['content-type']! },
    }).formData();
    expect(form.get('model')).toBe('upstream/any');
    expect(form.get('language')).toBe('en');
    const sent = form.get('file') as File;
    expect(sent.name).toBe('größe "1".wav');
    expect(sound.equals(Buffer.from(await sent.arrayBuffer()))).toBe(true);
  });

  it('reach the service with images by their repeated names', async () => {
    upstream.handle(({ res }) => sendJson(res, { created: 1, data: [{ b64_json: 'AA' }] }));
    const image = [await toFile(sound, 'a.png'), await toFile(sound, 'b.png')];
    expect(await client.images.edit({ model: 'any', image, prompt: 'x' })).toMatchObject({ created: 1 });
    expect(upstream.calls[0]!.body.toString('latin1').match(/name="image\[\]"/g)).toHaveLength(2);
  });

  function form(...parts: readonly [string, string | Buffer][]): Buffer {
    return Buffer.concat([
      ...parts.flatMap(([head, value]) => [
        Buffer.from(`--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
        Buffer.from(value),
        Buffer.from('\r\n'),
      ]),
      Buffer.from('--b--\r\n'),
    ]);
  }

  function upload(body: Buffer | ReadableStream, path = '/v1/audio/transcriptions'): Promise<Response> {
    return fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'multipart/form-data; boundary=b' },
      body: body instanceof Buffer ? new Uint8Array(body) : body,
      ...(!(body instanceof Buffer) && { duplex: 'half' }),
    });
  }

  const FILE: [string, Buffer] = ['name="file"; filename="a.wav"', sound];
  const MODEL: [string, string] = ['name="model"', 'any'];

  it.each([
    ['first', [MODEL, FILE]],
    ['last', [FILE, MODEL]],
    [
      'last, behind more than is held in memory',
      [['name="file"; filename="a.wav"', Buffer.alloc(5_000_000, 'x')], MODEL],
    ],
  ] as [string, [string, Buffer][]][])('carry the model %s', async (_, parts) => {
    upstream.handle(({ res }) => sendJson(res, { text: 'hello' }));
    const body = form(...parts);
    const response = await upload(body);
    expect(await response.json()).toEqual({ text: 'hello' });
    const expected = form(
      ...parts.map(([head, value]): [string, Buffer | string] => [
        head,
        head === MODEL[0] ? 'upstream/any' : value,
      ]),
    );
    expect(upstream.calls[0]!.body.equals(expected)).toBe(true);
    expect(upstream.calls[0]!.headers['content-length']).toBe(String(expected.length));
    expect(upstream.calls[0]!.headers['content-type']).toBe('multipart/form-data; boundary=b');
  });

  it.each([
    ['no model', form(FILE), 400, "Missing required parameter: 'model'."],
    ['the model twice', form(MODEL, MODEL, FILE), 400, "The field 'model' occurs twice."],
    [
      'another model behind the file',
      form(MODEL, FILE, ['name="model"', 'other']),
      400,
      "The field 'model' occurs twice.",
    ],
    ['an unknown model', form(['name="model"', 'nope'], FILE), 404, "The model 'nope' does not exist."],
    ['an empty model', form(['name="model"', ''], FILE), 400, "'model' must not be empty."],
    ['a model that only chats', form(['name="model"', 'chats'], FILE), 404, 'It supports: chat.'],
  ])('are refused with %s', async (_, body, status, message) => {
    upstream.handle(({ res }) => sendJson(res, { text: 'hello' }));
    const response = await upload(body);
    expect(response.status).toBe(status);
    expect(((await response.json()) as { error: { message: string } }).error.message).toContain(message);
    expect(upstream.calls).toEqual([]);
  });

  it('are refused as another content type where they should be none, and the other way round', async () => {
    expect((await upload(form(MODEL), '/v1/embeddings')).status).toBe(415);
    const response = await post('/v1/audio/transcriptions', { model: 'any' });
    expect(response.status).toBe(415);
    expect(await response.text()).toContain('multipart/form-data');
  });

  it('are sent once: what failed is not repeated', async () => {
    upstream.handle(({ res }) => sendJson(res, { error: { message: 'busy' } }, 503));
    const response = await upload(form(['name="model"', 'replaced'], FILE));
    expect(response.status).toBe(500);
    expect(upstream.calls).toHaveLength(1);
  });

  it('pass texts and events as they come', async () => {
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'text/vtt; charset=utf-8' });
      res.end(' WEBVTT\n\n[Music]');
    });
    const response = await upload(form(MODEL, FILE));
    expect(response.headers.get('content-type')).toBe('text/vtt; charset=utf-8');
    expect(await response.text()).toBe(' WEBVTT\n\n[Music]');
    const events =
      'data: {"type":"transcript.text.delta","delta":"a"}\n\ndata: {"type":"transcript.text.done","text":"a"}\n\n';
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(events);
    });
    expect(await (await upload(form(MODEL, FILE, ['name="stream"', 'true']))).text()).toBe(events);
    upstream.handle(({ res }) => sendJson(res, { text: 'a' }));
    expect(await (await upload(form(MODEL, ['name="stream"', 'true']))).text()).toBe(
      'data: {"type":"transcript.text.done","text":"a"}\n\n',
    );
  });
});
