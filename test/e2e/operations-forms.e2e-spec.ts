import { toFile } from 'openai';
import { client, gateway, openOperations, post, upstream } from '../support/operations-rig.js';
import { TEST_KEY } from '../support/start-gateway.js';
import { sendJson } from '../support/start-upstream.js';

jest.setTimeout(180_000);

openOperations();

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

  it('are refused with 415 if an operation expects JSON, and JSON if it expects a form', async () => {
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
