import { APIError } from 'openai';
import { client, gateway, openOperations, post, upstream } from '../support/operations-rig.js';
import { sendJson } from '../support/start-upstream.js';

jest.setTimeout(180_000);

openOperations();

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

  it('uses the usual model if a request for moderation names none', async () => {
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
