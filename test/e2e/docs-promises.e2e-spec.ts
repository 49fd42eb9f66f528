import { type OpenAPIObject } from '@nestjs/swagger';
import { type Express } from 'express';
import { DEMO_KEY } from '../../src/config/secrets/demo-key.js';
import { ApiDocument, chunksOf } from '../support/api-document.js';
import { type BuiltGateway, startBuiltGateway } from '../support/built-gateway.js';
import { startGateway } from '../support/start-gateway.js';

jest.setTimeout(180_000);

const MODELS = { openai: [{ name: 'm', base_url: 'http://127.0.0.1:9/v1' }] };

let gateway: BuiltGateway;
let document: ApiDocument;

beforeAll(async () => {
  gateway = await startBuiltGateway();
  document = await ApiDocument.load(gateway.url);
});
afterAll(() => gateway?.stop());

function call(path: string, body?: unknown): Promise<Response> {
  return fetch(`${gateway.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${DEMO_KEY}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

describe('what the document promises, asked of the gateway', () => {
  it('answers every example request as described, with the configuration it comes with', async () => {
    const { requestBody, responses } = document.operation('post', '/v1/chat/completions');
    const examples = Object.entries(requestBody!.content['application/json']!.examples!);
    expect(examples[0]![1].value).toMatchObject({ model: 'gpt-3.5-turbo' });
    for (const [name, { value }] of examples) {
      const answer = await call('/v1/chat/completions', value);
      const type = answer.headers.get('content-type')!.split(';')[0]!;
      expect([name, answer.status, type]).toEqual([
        name,
        200,
        (value as { stream?: boolean }).stream === true ? 'text/event-stream' : 'application/json',
      ]);
      const text = await answer.text();
      const { schema } = responses['200']!.content[type]!;
      const parts = type === 'application/json' ? [JSON.parse(text) as unknown] : chunksOf(text);
      expect(parts.length).toBeGreaterThan(0);
      for (const each of parts) {
        expect(`${name}: ${document.problemsOf(each, schema)}`).toBe(`${name}: `);
      }
      if (name === 'tools') expect(text).toContain('"get_weather"');
    }
  });

  it.each([
    '/v1/messages',
    '/v1/messages/count_tokens',
    '/v1/responses',
    '/v1/completions',
    '/v1/embeddings',
    '/v1/rerank',
    '/v2/rerank',
    '/v1/moderations',
    '/v1/images/generations',
    '/v1/audio/speech',
  ])('answers the example requests of %s, with the configuration it comes with', async (path) => {
    const { requestBody, responses } = document.operation('post', path);
    const examples = Object.values(requestBody!.content['application/json']!.examples!);
    expect(examples.length).toBeGreaterThan(0);
    for (const { value } of examples) {
      const answer = await call(path, value);
      expect([value, answer.status]).toEqual([value, 200]);
      const type = answer.headers.get('content-type')!.split(';')[0]!;
      expect(Object.keys(responses['200']!.content)).toContain(type);
      expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(10);
    }
  });

  it.each([
    ['/v1/images/edits', 'image'],
    ['/v1/audio/transcriptions', 'file'],
    ['/v1/audio/translations', 'file'],
  ])('answers the form of %s as it is filled in', async (path, file) => {
    const { schema } = document.operation('post', path).requestBody!.content['multipart/form-data']!;
    const { properties } = schema as unknown as { properties: Record<string, { example?: string }> };
    const form = new FormData();
    for (const [name, { example }] of Object.entries(properties)) {
      if (example !== undefined) form.append(name, example);
    }
    form.append(file, new Blob([new Uint8Array(100)]), 'a.wav');
    const headers = { authorization: `Bearer ${DEMO_KEY}` };
    const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: form });
    expect([form.get('model'), answer.status]).toEqual(['gpt-4', 200]);
  });

  it.each([
    ['get', '/', '/'],
    ['get', '/v1/models', '/v1/models'],
    ['get', '/v1/models/{name}', '/v1/models/gpt-3.5-turbo'],
    ['post', '/v1/models/{name}/test', '/v1/models/custom-model/test'],
    ['get', '/v1/health', '/v1/health'],
    ['get', '/v1/health/ready', '/v1/health/ready'],
    ['get', '/v1/health/models', '/v1/health/models'],
  ] as const)('answers %s %s as described', async (method, path, url) => {
    const answer = await call(url, method === 'post' ? { test_message: 'hi' } : undefined);
    expect(answer.status).toBe(200);
    const { schema } = document.operation(method, path).responses['200']!.content['application/json']!;
    expect(document.problemsOf(await answer.json(), schema)).toBe('');
  });
});

describe('the body of a model test', () => {
  it.each<[unknown, number]>([
    [{}, 200],
    [{ test_message: 'hi' }, 200],
    [{ test_message: null }, 200],
    [{ test_message: null, force: null }, 200],
    [{ test_message: 1 }, 400],
    [{ test_message: 'x'.repeat(10_001) }, 400],
    [{ force: 'yes' }, 400],
    [{ test_message: 'hi', base_url: 'http://127.0.0.1' }, 400],
    [{ Test_Message: 'hi' }, 400],
    ['hi', 400],
  ])('is accepted when, and only when, its schema holds: %j', async (body, status) => {
    const { requestBody } = document.operation('post', '/v1/models/{name}/test');
    const { schema } = requestBody!.content['application/json']!;
    expect((await call('/v1/models/gpt-3.5-turbo/test', body)).status).toBe(status);
    expect(document.problemsOf(body, schema) === '').toBe(status === 200);
  });
});

describe('the routes of the documentation', () => {
  it('lists every route of the application, and nothing else', async () => {
    const app = await startGateway({ models: MODELS });
    try {
      const listed = ((await (await app.get('/docs-json', { key: null })).json()) as OpenAPIObject).paths;
      const routes = registeredRoutes(app.app.getHttpAdapter().getInstance() as Express);
      expect(routes.length).toBeGreaterThan(7);
      expect(
        Object.entries(listed)
          .flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path}`))
          .sort(),
      ).toEqual(routes.filter((route) => !/^get \/(docs|ui|errors)/.test(route)).sort());
    } finally {
      await app.close();
    }
  });

  it('needs no key, and no other server', async () => {
    const html = await fetch(`${gateway.url}/docs`);
    expect([html.status, html.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await html.text()).not.toMatch(/(src|href)\s*=\s*["']?https?:/);
    const script = await (await fetch(`${gateway.url}/docs/swagger-ui-init.js`)).text();
    expect(script).not.toContain('persistAuthorization');
    expect((await fetch(`${gateway.url}/docs-json`)).headers.get('content-type')).toContain(
      'application/json',
    );
    expect((await fetch(`${gateway.url}/docs-yaml`)).status).toBe(404);
  });

  it('are gone with `server.docs: false`, and so is the link to them', async () => {
    const app = await startGateway({ server: { docs: false }, models: MODELS });
    try {
      for (const path of ['/docs', '/docs/', '/docs-json', '/docs/swagger-ui-bundle.js']) {
        const answer = await app.get(path, { key: null });
        expect([path, answer.status, await answer.json()]).toEqual([
          path,
          404,
          { error: expect.objectContaining({ code: 'not_found' }) as unknown },
        ]);
      }
      const about = (await (await app.get('/', { key: null })).json()) as object;
      expect(Object.keys(about)).toEqual(['name', 'version', 'ui', 'health', 'needs_api_key']);
    } finally {
      await app.close();
    }
  });
});

/** What Express will really answer, in the document's notation. */
function registeredRoutes(app: Express): string[] {
  return app.router.stack.flatMap(({ route }) =>
    route === undefined
      ? []
      : route.stack.map(({ method }) => `${method} ${route.path.replace(/\*(\w+)/g, '{$1}')}`),
  );
}
