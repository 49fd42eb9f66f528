import type OpenAI from 'openai';
import { client, gateway, openOperations, post, upstream } from '../support/operations-rig.js';
import { type UpstreamCall, sendJson } from '../support/start-upstream.js';

jest.setTimeout(180_000);

const VECTORS = [
  [0.1, -0.25, 3e-8],
  [0.5, 0, 1],
];
const FLOATS = VECTORS.map((vector) => [...new Float32Array(vector)]);

openOperations();

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

  it('lists the operations of a model that does not support embeddings', async () => {
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
