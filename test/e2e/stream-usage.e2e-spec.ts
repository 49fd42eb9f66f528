import OpenAI from 'openai';
import { TEST_KEY } from '../support/start-gateway.js';
import { beginStream, chunkEvent } from '../support/start-upstream.js';
import {
  COUNTED_KEY,
  USAGE,
  DONE,
  WORDS,
  REPLY,
  QUESTION,
  service,
  gateway,
  start,
  counts,
  asked,
  stream,
  lastLine,
  openCountingService,
} from '../support/stream-usage-rig.js';

jest.setTimeout(180_000);
openCountingService();

describe('the usage of a stream', () => {
  it('is not requested if nothing needs it, and the bytes are the same', async () => {
    await start();
    counts();
    expect(await stream()).toBe(REPLY + DONE);
    expect(service.calls[0]!.body.toString()).toBe(
      JSON.stringify({ model: 'theirs', messages: QUESTION, stream: true }),
    );
    const line = await lastLine();
    expect(line).not.toHaveProperty('prompt_tokens');
    const metrics = await (await gateway!.get('/metrics')).text();
    expect(metrics).toContain('llm_gateway_uncounted_requests_total{model="m",client="free"} 1');
    expect(metrics).not.toContain('llm_gateway_tokens_total{');
  });

  it.each([
    ['a limit of tokens', {}, COUNTED_KEY],
    ['the model', { stream_usage: 'always' }, TEST_KEY],
  ])('is requested if %s needs it, but not passed to the client', async (_who, model, key) => {
    await start(model);
    counts();
    expect(await stream({}, key)).toBe(REPLY + DONE);
    expect(service.calls[0]!.body.toString()).toBe(
      '{"model":"theirs","stream_options":{"include_usage":true},' +
        JSON.stringify({ messages: QUESTION, stream: true }).slice(1),
    );
    expect(await lastLine()).toMatchObject({ prompt_tokens: 3, completion_tokens: 2, attempts: 1 });
  });

  it.each([
    ['"stream_options":{"include_usage":false}', '"stream_options":{"include_usage":true}'],
    ['"stream_options":null', '"stream_options":{"include_usage":true}'],
    ['"stream_options": { }', '"stream_options": {"include_usage":true }'],
    [
      '"stream_options":{"include_obfuscation":false}',
      '"stream_options":{"include_usage":true,"include_obfuscation":false}',
    ],
  ])('is asked for in the place of %s', async (said, sent) => {
    await start({ stream_usage: 'always', max_tokens: 9 });
    counts();
    const body = (options: string, model: string): string =>
      `{ "stream":true, ${options}, "max_tokens":null, "model":"${model}", "messages":${JSON.stringify(QUESTION)} }`;
    const response = await gateway!.chat(body(said, 'm'));
    expect(await response.text()).toBe(REPLY + DONE);
    expect(service.calls[0]!.body.toString()).toBe(
      body(sent, 'theirs').replace('"max_tokens":null', '"max_tokens":9'),
    );
  });

  it('passes to a client that requested it, for any setting of the model', async () => {
    await start({ stream_usage: 'always' });
    counts();
    expect(await stream({ stream_options: { include_usage: true } })).toBe(REPLY + USAGE + DONE);
    await gateway!.close();
    await start({ stream_usage: 'never' });
    expect(await stream({ stream_options: { include_usage: true } }, COUNTED_KEY)).toBe(REPLY + USAGE + DONE);
  });

  it('is never requested if the model is set so; then the gateway estimates', async () => {
    await start({ stream_usage: 'never' });
    counts();
    expect(await stream({}, COUNTED_KEY)).toBe(REPLY + DONE);
    expect(asked(service.calls[0]!.body)).toBe(false);
    // "Hello there" with what surrounds it, and "Hi you".
    expect(await lastLine()).toMatchObject({ prompt_tokens: 9, completion_tokens: 2, usage_estimated: true });
    const metrics = await (await gateway!.get('/metrics', { key: COUNTED_KEY })).text();
    expect(metrics).toContain('llm_gateway_estimated_requests_total{model="m",client="counted"} 1');
  });

  it('passes in a chunk with other content, and as null in every chunk', async () => {
    await start({ stream_usage: 'always' });
    const nulls = WORDS.replaceAll(/\}\n/g, ',"usage":null}\n');
    const last = chunkEvent('', 'stop').replace(
      /\}\n/,
      ',"usage":{"prompt_tokens":3,"completion_tokens":2}}\n',
    );
    service.handle(({ res }) => {
      beginStream(res);
      res.end(nulls + last + DONE);
    });
    expect(await stream()).toBe(nulls + last + DONE);
    expect(await lastLine()).toMatchObject({ prompt_tokens: 3, completion_tokens: 2 });
  });

  it.each([1, 7, 60])(
    'is held back in pieces of %i bytes, and behind a chunk of filter results',
    async (size) => {
      await start({ stream_usage: 'always' });
      const filter = 'data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}]}\r\n\r\n';
      service.handle(async ({ res }) => {
        beginStream(res);
        const bytes = Buffer.from(filter + REPLY + USAGE + DONE);
        for (let at = 0; at < bytes.length; at += size) {
          res.write(bytes.subarray(at, at + size));
          if (size > 1) await new Promise((resolve) => setImmediate(resolve));
        }
        res.end();
      });
      expect(await stream()).toBe(filter + REPLY + DONE);
      expect(await lastLine()).toMatchObject({ prompt_tokens: 3 });
    },
  );

  it('is held back from text completions, too', async () => {
    await start({ stream_usage: 'always' });
    const words = 'data: {"choices":[{"index":0,"text":"Hi","finish_reason":"stop"}]}\n\n';
    service.handle(({ res, body }) => {
      beginStream(res);
      res.end(words + (asked(body) ? USAGE : '') + DONE);
    });
    const response = await fetch(`${gateway!.url}/v1/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
      body: '{"prompt":"x","stream":true,"model":"m"}',
    });
    expect(await response.text()).toBe(words + DONE);
    expect(service.calls[0]!.body.toString()).toBe(
      '{"prompt":"x","stream":true,"model":"theirs","stream_options":{"include_usage":true}}',
    );
    expect(await lastLine()).toMatchObject({ operation: 'text_completion', prompt_tokens: 3 });
  });

  it('is asked of a service that streams only, for a client that wants no stream', async () => {
    await start({ upstream_mode: 'stream_only', token: 'x', stream_usage: 'always' }, 'request');
    counts();
    const response = await gateway!.chat({ model: 'm', messages: QUESTION });
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: 'Hi you' } }],
      usage: { prompt_tokens: 3, completion_tokens: 2 },
    });
    expect(await lastLine()).toMatchObject({ prompt_tokens: 3 });
  });

  it('is not seen by the openai SDK, which did not ask for it', async () => {
    await start();
    counts();
    const client = new OpenAI({ baseURL: `${gateway!.url}/v1`, apiKey: COUNTED_KEY, maxRetries: 0 });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of await client.chat.completions.create({
      model: 'm',
      messages: QUESTION,
      stream: true,
    }))
      chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices.length)).toEqual([1, 1, 1]);
    expect(chunks.map(({ choices }) => choices[0]!.delta.content ?? '').join('')).toBe('Hi you');
    expect(await lastLine()).toMatchObject({ prompt_tokens: 3, completion_tokens: 2 });
  });
});
