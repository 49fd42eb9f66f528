import { gzipSync } from 'node:zlib';
import { client, gateway, openOperations, post, upstream } from '../support/operations-rig.js';
import { TEST_KEY, until } from '../support/start-gateway.js';
import { sendJson } from '../support/start-upstream.js';

jest.setTimeout(180_000);

openOperations();

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

  it('has a content-length if the service sends one', async () => {
    const lengthOf = async (headers: Record<string, string>, body: Buffer): Promise<string | null> => {
      upstream.handle(({ res }) => void res.writeHead(200, headers).end(body));
      const response = await post('/v1/audio/speech', { model: 'any', input: 'a', voice: 'alloy' });
      expect(response.status).toBe(200);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
      return response.headers.get('content-length');
    };
    const length = String(sound.length);
    expect(await lengthOf({ 'content-type': 'audio/mpeg', 'content-length': length }, sound)).toBe(length);
    expect(await lengthOf({ 'content-type': 'audio/mpeg' }, sound)).toBeNull();
    const packed = gzipSync(sound);
    const coded = { 'content-type': 'audio/mpeg', 'content-encoding': 'gzip' };
    expect(await lengthOf({ ...coded, 'content-length': String(packed.length) }, packed)).toBeNull();
    // Its byte order mark is left out.
    const text = Buffer.from('\u{feff}WEBVTT');
    expect(
      await lengthOf({ 'content-type': 'text/vtt', 'content-length': String(text.length) }, text),
    ).toBeNull();
  });

  it('cuts a response off that ends before its length', async () => {
    upstream.handle(({ res }) => {
      res.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': String(sound.length + 1) });
      res.write(sound, () => res.destroy());
    });
    const response = await post('/v1/audio/speech', { model: 'any', input: 'a', voice: 'alloy' });
    await expect(response.arrayBuffer()).rejects.toThrow();
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

  it('aborts the call to the service if the client leaves', async () => {
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
