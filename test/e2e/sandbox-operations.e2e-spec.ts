import OpenAI, { APIError, toFile } from 'openai';
import { TEST_KEY } from '../support/start-gateway.js';
import { baseURL, gateway, openForSdks, sandbox } from '../support/sdk-gateway.js';

jest.setTimeout(180_000);

/** Everything beside chat, through the gateway to the sandbox, by the SDK of OpenAI. */
describe('the sandbox behind the gateway', () => {
  openForSdks();
  let client: OpenAI;
  beforeEach(() => {
    client = new OpenAI({ baseURL, apiKey: TEST_KEY, maxRetries: 0 });
  });
  const model = 'open';
  const recording = () => toFile(Buffer.alloc(32_000), 'größe.wav', { type: 'audio/wav' });

  const rerank = async (version: string): Promise<unknown> => {
    const response = await fetch(`${gateway.url}/${version}/rerank`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, query: 'bread', documents: ['wine', 'bread'] }),
    });
    if (!response.ok)
      throw APIError.generate(response.status, (await response.json()) as object, '', response.headers);
    return response.json();
  };

  const calls: Record<string, () => Promise<unknown>> = {
    completions: () => client.completions.create({ model, prompt: 'once' }),
    embeddings: () => client.embeddings.create({ model, input: ['a', 'b'] }),
    'rerank, Jina': () => rerank('v1'),
    'rerank, Cohere': () => rerank('v2'),
    moderations: () => client.moderations.create({ model, input: 'hello' }),
    images: () => client.images.generate({ model, prompt: 'a cat', size: '256x256' }),
    'image edits': async () =>
      client.images.edit({ model, prompt: 'a hat', image: await toFile(Buffer.alloc(99), 'a.png') }),
    speech: async () =>
      Buffer.from(
        await (await client.audio.speech.create({ model, input: 'one two', voice: 'alloy' })).arrayBuffer(),
      ),
    transcriptions: async () => client.audio.transcriptions.create({ model, file: await recording() }),
    translations: async () => client.audio.translations.create({ model, file: await recording() }),
  };

  it.each(Object.entries(calls))('serves %s, and fails as ordered', async (_, call) => {
    expect(await call()).toBeTruthy();
    sandbox.fail({ kind: 'status', status: 503 });
    await expect(call()).rejects.toMatchObject({ status: 500 });
    sandbox.fail({ kind: 'status', status: 429, retry_after: 9 });
    await expect(call()).rejects.toMatchObject({ status: 429 });
    for (const kind of ['html', 'refuse', 'cut'] as const) {
      sandbox.fail(kind);
      await expect(call()).rejects.toThrow();
    }
    expect(await call()).toBeTruthy();
    expect(sandbox.pendingFaults).toBe(0);
  });

  it('counts alike in the response and in the log', async () => {
    const lineOf = (path: string) => gateway.log().findLast((line) => line['path'] === path)!;
    const { usage } = await client.embeddings.create({ model, input: 'three words here' });
    expect(lineOf('/v1/embeddings')).toMatchObject({ prompt_tokens: usage.prompt_tokens });
    const completion = await client.completions.create({ model, prompt: 'three words here', max_tokens: 3 });
    expect(completion.usage).toMatchObject({ prompt_tokens: usage.prompt_tokens, completion_tokens: 3 });
    expect(lineOf('/v1/completions')).toMatchObject({
      prompt_tokens: usage.prompt_tokens,
      completion_tokens: 3,
    });
    const image = await client.images.generate({ model, prompt: 'three words here' });
    expect(lineOf('/v1/images/generations')).toMatchObject({
      prompt_tokens: usage.prompt_tokens,
      completion_tokens: image.usage!.output_tokens,
    });
  });

  it('gives floats and Base64 that say the same', async () => {
    const embed = async (encoding_format?: 'float' | 'base64') =>
      (await client.embeddings.create({ model, input: 'a', dimensions: 8, encoding_format })).data[0]!
        .embedding;
    const floats = await embed('float');
    expect(floats).toHaveLength(8);
    expect(await embed()).toEqual(floats);
    const bytes = Buffer.from((await embed('base64')) as unknown as string, 'base64');
    expect([...new Float32Array(new Uint8Array(bytes).buffer)]).toEqual(floats);
  });

  it('streams completions, pictures, speech and transcripts', async () => {
    let text = '';
    for await (const { choices } of await client.completions.create({ model, prompt: 'x', stream: true }))
      text += choices[0]?.text ?? '';
    expect(text).toContain('Hello!');
    const types: string[] = [];
    const images = await client.images.generate({ model, prompt: 'x', stream: true, partial_images: 1 });
    for await (const { type } of images) types.push(type);
    expect(types).toEqual(['image_generation.partial_image', 'image_generation.completed']);
    const transcript = await client.audio.transcriptions.create({
      model,
      file: await recording(),
      stream: true,
    });
    let heard = '';
    for await (const event of transcript) if (event.type === 'transcript.text.delta') heard += event.delta;
    expect(heard).toContain('"größe.wav" of 32000 bytes');
    const srt = await client.audio.transcriptions.create({
      model,
      file: await recording(),
      response_format: 'srt',
    });
    expect(srt).toMatch(/^1\n00:00:00,000 --> /);
    const wav = await client.audio.speech.create({ model, input: 'one', voice: 'x', response_format: 'wav' });
    expect(wav.headers.get('content-type')).toBe('audio/wav');
  });
});
