import { inflateSync } from 'node:zlib';
import {
  RECORDING,
  eventsIn,
  form,
  post,
  read,
  transcription,
} from '../../../test/support/sandbox-operations.js';
import { Sandbox } from '../sandbox.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
});
afterEach(() => sandbox.clearFaults());
afterAll(() => sandbox.close());

describe('images', () => {
  interface Images {
    readonly data: readonly { readonly b64_json?: string; readonly url?: string }[];
    readonly usage: Record<string, unknown>;
  }
  const draw = (more: object): Promise<Images> =>
    read(sandbox, '/v1/images/generations', { model: 'm', prompt: 'a cat', ...more });

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
    const response = await post(sandbox, '/v1/images/generations', {
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
      sandbox,
      '/v1/images/edits',
      form({ model: 'm', prompt: 'a hat' }, { 'image[]': RECORDING }),
    );
    expect(edited.usage).toMatchObject({ input_tokens_details: { text_tokens: 2, image_tokens: 272 } });
    const images = [{ image_url: 'https://x.example/a.png' }];
    const other = await read<Images>(sandbox, '/v1/images/edits', { model: 'm', prompt: 'a hat', images });
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
    const response = await post(sandbox, '/v1/audio/speech', { ...SPEECH, response_format });
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('content-length')).toBeNull();
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.toString('hex').startsWith(head)).toBe(true);
  });

  it('is spoken in events, which hold the same bytes and the counts', async () => {
    const asked = { ...SPEECH, response_format: 'wav' };
    const audio = Buffer.from(await (await post(sandbox, '/v1/audio/speech', asked)).arrayBuffer());
    const response = await post(sandbox, '/v1/audio/speech', { ...asked, stream_format: 'sse' });
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
    const response = await post(sandbox, '/v1/audio/transcriptions', transcription({ response_format }));
    expect(response.headers.get('content-type')).toContain(type);
    expect(await response.text()).toMatch(text);
  });

  it('is written down in events, but by Whisper, which counts seconds', async () => {
    const response = await post(
      sandbox,
      '/v1/audio/transcriptions',
      transcription({ stream: 'true', language: 'zh' }),
    );
    const events = eventsIn(await response.text()) as { delta?: string }[];
    const done = events.pop() as { text?: string };
    expect(events.map(({ delta }) => delta).join('')).toBe(done.text);
    expect(done).toMatchObject({ type: 'transcript.text.done', usage: { type: 'tokens', input_tokens: 20 } });
    expect(done.text).toContain('沙箱');
    const whisper = form({ model: 'whisper-1', stream: 'true' }, { file: RECORDING });
    expect(await read(sandbox, '/v1/audio/transcriptions', whisper)).toMatchObject({
      usage: { type: 'duration', seconds: 2 },
    });
  });

  it('is translated into English', async () => {
    const reply = await read(
      sandbox,
      '/v1/audio/translations',
      form({ model: 'whisper-1' }, { file: RECORDING }),
    );
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
    expect((await post(sandbox, '/v1/audio/transcriptions', body)).status).toBe(status);
  });
});
