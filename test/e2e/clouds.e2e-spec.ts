import { join } from 'node:path';
import OpenAI from 'openai';
import { GEMINI_SERVICE } from '../support/dialects/gemini-service.js';
import { type Asked, CLIENTS } from '../support/dialect-clients.js';
import { GoogleService } from '../support/google-service.js';
import { AzureService, BUSY, BearerService, CALL, FILTER, REPLY } from '../support/recipes/cloud-services.js';
import { EXAMPLES } from '../support/recipes/recipe-run.js';
import { REFUSE } from '../support/recipes/recipe-service.js';
import { type TestGateway, TEST_KEY, startGatewayOn } from '../support/start-gateway.js';
import { type TestUpstream, beginStream, sendJson, startUpstream } from '../support/start-upstream.js';

const TOOLS = [
  { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
];

let gateway: TestGateway;

const forms = Object.keys(CLIENTS).flatMap((client) => [false, true].map((stream) => ({ client, stream })));
const asking =
  ({ client, stream }: (typeof forms)[number]) =>
  (model: string, asked: Omit<Asked, 'model' | 'stream'>) =>
    CLIENTS[client]!(gateway.url, { model, stream, ...asked });

describe('azure.yaml', () => {
  let service: AzureService;
  let upstream: TestUpstream;

  beforeAll(async () => {
    service = new AzureService();
    upstream = await startUpstream((call) => service.handle(call));
    gateway = await startGatewayOn(join(EXAMPLES, 'azure.yaml'), {
      GATEWAY_KEY: TEST_KEY,
      AZURE_OPENAI_ENDPOINT: upstream.url,
      AZURE_OPENAI_API_KEY: service.key,
      AZURE_OPENAI_DEPLOYMENT: service.deployment,
      AZURE_OPENAI_EMBEDDING_DEPLOYMENT: service.deployment,
      AZURE_AUTHORITY_HOST: upstream.url,
      AZURE_TENANT_ID: 'my-tenant',
      AZURE_CLIENT_ID: 'my-client',
      AZURE_CLIENT_SECRET: 'planted-client-secret',
    });
  });
  afterAll(async () => {
    await gateway.close();
    await upstream.close();
  });
  beforeEach(() => void (service.paths.length = 0));

  describe.each(forms)('$client, stream: $stream', (form) => {
    const ask = asking(form);

    it.each(['azure-gpt', 'azure-gpt-by-path', 'azure-gpt-entra'])(
      'chats with %s, filters and all',
      async (model) => {
        const { text, end, inputTokens } = await ask(model, { question: 'hi' });
        expect({ text, end }).toEqual({ text: REPLY, end: 'stop' });
        expect(inputTokens).toBeGreaterThan(0);
        const isResponses = form.client === 'openai-responses';
        const below =
          model === 'azure-gpt-by-path'
            ? '/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21'
            : `/openai/v1/${isResponses ? 'responses' : 'chat/completions'}`;
        expect(service.paths).toEqual([below]);
      },
    );

    it('calls a tool', async () => {
      const { calls, end } = await ask('azure-gpt-by-path', { question: CALL, tools: TOOLS });
      expect(end).toBe('tools');
      expect(calls).toEqual([
        { id: expect.any(String) as string, name: 'get_weather', input: { city: 'Oslo' } },
      ]);
    });

    it('reports that the reply was filtered', async () => {
      const { end } = await ask('azure-gpt-by-path', { question: FILTER });
      expect(end).toBe(form.client.startsWith('openai') ? 'content_filter' : 'refusal');
    });

    it('reports once that the prompt was refused', async () => {
      const error: unknown = await ask('azure-gpt-by-path', { question: REFUSE }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({
        status: 400,
        message: expect.stringContaining('content management') as string,
      });
      expect(JSON.stringify(error)).toContain('content_filter');
      expect(service.paths).toHaveLength(1);
    });

    it('passes on how long to wait', async () => {
      const error = (await ask('azure-gpt-by-path', { question: BUSY }).catch(
        (thrown: unknown) => thrown,
      )) as { status: number; headers: Headers };
      expect(error.status).toBe(429);
      expect(error.headers.get('retry-after')).toBe('3');
    });
  });

  it('shows clients of its own format what the filters found', async () => {
    const response = await gateway.chat({
      model: 'azure-gpt-by-path',
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
    });
    const text = await response.text();
    expect(text).toContain('prompt_filter_results');
    expect(text).toContain('content_filter_offsets');
  });

  it('serves embeddings', async () => {
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
    const { data } = await client.embeddings.create({ model: 'azure-embedding', input: 'hi' });
    expect(data[0]!.embedding).toEqual([0.5, -1]);
  });
});

describe('bedrock.yaml', () => {
  let service: BearerService;
  let upstream: TestUpstream;

  beforeAll(async () => {
    service = new BearerService(({ headers }) => headers.authorization === 'Bearer planted-bedrock-key');
    upstream = await startUpstream((call) => service.handle(call));
    gateway = await startGatewayOn(join(EXAMPLES, 'bedrock.yaml'), {
      GATEWAY_KEY: TEST_KEY,
      BEDROCK_ENDPOINT: upstream.url,
      AWS_BEARER_TOKEN_BEDROCK: 'planted-bedrock-key',
    });
  });
  afterAll(async () => {
    await gateway.close();
    await upstream.close();
  });

  it.each(forms)('answers $client, stream: $stream', async (form) => {
    const { text } = await asking(form)('bedrock-gpt-oss', { question: 'hi' });
    expect(text).toBe(REPLY);
    const below = form.client === 'openai-responses' ? 'responses' : 'chat/completions';
    expect(service.paths.at(-1)).toBe(`/v1/${below}`);
    expect(service.models.at(-1)).toBe('openai.gpt-oss-120b');
  });
});

describe('vertex.yaml', () => {
  let service: BearerService;
  let google: GoogleService;
  const gemini: string[] = [];

  beforeAll(async () => {
    service = new BearerService((call) => google.isAllowed(call));
    google = await GoogleService.start((call) => {
      if (!call.path.includes(':')) return service.handle(call);
      if (!google.isAllowed(call)) return sendJson(call.res, { error: { code: 401, message: 'no' } }, 401);
      gemini.push(call.path);
      if (!call.path.includes(':streamGenerateContent'))
        return sendJson(call.res, GEMINI_SERVICE.json({ text: REPLY }));
      beginStream(call.res);
      return call.res.end(GEMINI_SERVICE.stream({ text: REPLY }).join(''));
    });
    gateway = await startGatewayOn(join(EXAMPLES, 'vertex.yaml'), {
      GATEWAY_KEY: TEST_KEY,
      GOOGLE_APPLICATION_CREDENTIALS: google.keyFile(),
      GOOGLE_CLOUD_PROJECT: 'my-project',
      VERTEX_ENDPOINT: google.url,
    });
  });
  afterAll(async () => {
    await gateway.close();
    await google.close();
  });

  const below = '/v1/projects/my-project/locations/us-central1';

  it.each(forms)('answers $client through both doors, stream: $stream', async (form) => {
    for (const model of ['vertex-gemini', 'vertex-openai']) {
      const { text } = await asking(form)(model, { question: 'hi' });
      expect(text).toBe(REPLY);
    }
    const verb = form.stream ? ':streamGenerateContent?alt=sse' : ':generateContent';
    expect(gemini.at(-1)).toBe(`${below}/publishers/google/models/gemini-2.5-flash${verb}`);
    expect(service.paths.at(-1)).toBe(`${below}/endpoints/openapi/chat/completions`);
    expect(service.models.at(-1)).toBe('google/gemini-2.5-flash');
  });
});
