import { startBuiltGateway, type BuiltGateway } from '../support/built-gateway.js';
import { ApiDocument, chunksOf } from '../support/api-document.js';
import { openApiProblems } from '../support/openapi-rules.js';

jest.setTimeout(180_000);

let gateway: BuiltGateway;
let document: ApiDocument;

beforeAll(async () => {
  gateway = await startBuiltGateway();
  document = await ApiDocument.load(gateway.url);
});
afterAll(() => gateway?.stop());

describe('the OpenAPI document', () => {
  it('keeps the rules of OpenAPI 3.0', () => {
    expect(openApiProblems(document.content)).toEqual([]);
  });

  it('has a title, a licence and a description, at any address', () => {
    expect(document.content.info).toMatchObject({
      title: 'LLM Gateway',
      version: '1.0.0',
      license: { name: 'MIT' },
    });
    expect(document.content.info.description).toContain('大模型网关');
    expect(document.content.servers).toEqual([{ url: '/' }]);
  });

  it('requires a key if an operation needs one, in any of three forms, and shows no lock elsewhere', () => {
    const ways = [{ bearer: [] }, { 'x-api-key': [] }, { 'api-key': [] }];
    const security = Object.fromEntries(
      document.operations().map(([name, { security: each }]) => [name, each]),
    );
    expect(security).toEqual({
      'get /': undefined,
      'post /v1/chat/completions': ways,
      'post /v1/completions': ways,
      'post /v1/embeddings': ways,
      'post /v1/rerank': ways,
      'post /v2/rerank': ways,
      'post /v1/moderations': ways,
      'post /v1/images/generations': ways,
      'post /v1/images/edits': ways,
      'post /v1/audio/speech': ways,
      'post /v1/audio/transcriptions': ways,
      'post /v1/audio/translations': ways,
      'post /v1/messages': ways,
      'post /v1/responses': ways,
      'post /v1/messages/count_tokens': ways,
      'get /v1/models': ways,
      'get /v1/models/{name}': ways,
      'post /v1/models/{name}/test': ways,
      'get /v1/usage': ways,
      'get /v1/limits': ways,
      'get /v1/health': undefined,
      'get /v1/health/ready': undefined,
      'get /v1/health/models': ways,
      'get /v1/health/gateway': ways,
      'get /metrics': ways,
      'get /v1/health/history': ways,
    });
    expect(document.content.components?.securitySchemes).toMatchObject({
      bearer: { type: 'http', scheme: 'bearer' },
      'x-api-key': { type: 'apiKey', in: 'header', name: 'x-api-key' },
      'api-key': { type: 'apiKey', in: 'header', name: 'api-key' },
    });
  });

  it('shows the name of a model as one part of the path', () => {
    for (const method of ['get /v1/models/{name}', 'post /v1/models/{name}/test']) {
      const [, operation] = document.operations().find(([name]) => name === method)!;
      expect(operation.parameters).toEqual([
        expect.objectContaining({
          name: 'name',
          in: 'path',
          required: true,
          schema: { type: 'string', example: 'gpt-3.5-turbo' },
        }),
      ]);
    }
  });

  it('lists every status that a route can answer with', () => {
    const statuses = Object.fromEntries(
      document.operations().map(([name, { responses }]) => [name, Object.keys(responses).join(' ')]),
    );
    expect(statuses).toEqual({
      'get /': '200',
      'post /v1/chat/completions': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'post /v1/completions': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'post /v1/embeddings': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'post /v1/rerank': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'post /v2/rerank': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'post /v1/moderations': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'post /v1/images/generations': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'post /v1/images/edits': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'post /v1/audio/speech': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'post /v1/audio/transcriptions': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'post /v1/audio/translations': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'post /v1/responses': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'post /v1/messages': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'post /v1/messages/count_tokens': '200 400 401 403 404 413 415 422 429 500 502 503 504',
      'get /v1/models': '200 401 500 503',
      'get /v1/models/{name}': '200 400 401 403 404 500 503',
      'post /v1/models/{name}/test': '200 400 401 403 404 413 415 500 503',
      'get /v1/usage': '200 400 401 500 503',
      'get /v1/limits': '200 401 500',
      'get /v1/health': '200',
      'get /v1/health/ready': '200 503',
      'get /v1/health/models': '200 401 500',
      'get /v1/health/gateway': '200 401 500',
      'get /metrics': '200 401 403 500',
      'get /v1/health/history': '200 401 500',
    });
  });

  it('shows a body of the four keys for every failure, and the headers that go with it', () => {
    for (const [name, { responses }] of document.operations()) {
      for (const [status, { headers, content }] of Object.entries(responses)) {
        expect(Object.keys(headers)).toContain('x-request-id');
        if (status === '200' || name === 'get /v1/health/ready') continue;
        // Their failures have a format of their own.
        if (name.startsWith('post /v1/messages')) continue;
        const { schema, examples } = content['application/json']!;
        expect(schema).toEqual({ $ref: '#/components/schemas/ErrorBody' });
        for (const { value } of Object.values(examples!)) {
          expect(Object.keys(value as object)).toEqual(['error']);
          expect(Object.keys((value as { error: object }).error).sort()).toEqual([
            'code',
            'message',
            'param',
            'type',
          ]);
        }
      }
    }
    const { responses } = document.operation('post', '/v1/chat/completions');
    expect(Object.keys(responses['401']!.headers)).toContain('www-authenticate');
    expect(Object.keys(responses['429']!.headers)).toEqual(
      expect.arrayContaining(['retry-after', 'x-upstream-status']),
    );
    expect(Object.keys(responses['500']!.headers)).toEqual(
      expect.arrayContaining(['x-should-retry', 'x-upstream-status']),
    );
    expect(Object.keys(responses['503']!.headers)).toContain('retry-after');
  });

  it('gives examples that fit their schemas', () => {
    for (const [name, { requestBody, responses }] of document.operations()) {
      const contents = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)];
      for (const [type, { schema, example, examples }] of contents.flatMap((content) =>
        Object.entries(content ?? {}),
      )) {
        // Prometheus' text format, which promtool judges elsewhere; and sound.
        if (type === 'text/plain' || type.startsWith('audio/')) continue;
        const values = [
          ...(example === undefined ? [] : [example]),
          ...Object.values(examples ?? {}).map((each) => each.value),
        ];
        expect(values).not.toEqual([]);
        for (const value of values) {
          const parts = typeof value === 'string' ? chunksOf(value) : [value];
          expect(parts.length).toBeGreaterThan(0);
          for (const each of parts) {
            expect(`${name}: ${document.problemsOf(each, schema)}`).toBe(`${name}: `);
          }
        }
      }
    }
  });

  it('forbids nothing in a chat request but what the gateway refuses', () => {
    const schema = { $ref: '#/components/schemas/ChatCompletionRequest' };
    const least = { model: 'm', messages: [{ role: 'user' }] };
    const fits = (fields: object): boolean => document.problemsOf({ ...least, ...fields }, schema) === '';
    expect(
      fits({ unknown: { deep: [null] }, messages: [{ role: 'odd', content: [{ type: 'new' }], extra: 1 }] }),
    ).toBe(true);
    for (const name of [
      'stream',
      'max_tokens',
      'max_completion_tokens',
      'temperature',
      'stop',
      'n',
      'seed',
    ]) {
      expect([name, fits({ [name]: null })]).toEqual([name, true]);
    }
    for (const wrong of [
      { model: undefined },
      { model: '' },
      { model: 1 },
      { messages: [] },
      { messages: [{ content: 'no role' }] },
      { stream: 'yes' },
      { max_tokens: 0 },
      { max_completion_tokens: 1.5 },
    ]) {
      expect([wrong, fits(wrong)]).toEqual([wrong, false]);
    }
    expect(Object.keys(document.content.components?.schemas?.['ChatCompletionRequest'] as object)).toContain(
      'additionalProperties',
    );
  });
});
