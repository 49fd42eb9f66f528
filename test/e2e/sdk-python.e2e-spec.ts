import { Sandbox } from '../../src/sandbox/sandbox.js';
import {
  type PythonCall,
  describeWithFramework,
  describeWithPackage,
  runClient,
} from '../support/python-clients.js';
import { type TestGateway, SINGLE_ATTEMPTS, TEST_KEY, startGateway } from '../support/start-gateway.js';
import { type TestUpstream, sendJson, startUpstream } from '../support/start-upstream.js';

jest.setTimeout(180_000);

const VECTORS = [
  [0.5, -1.25, 3],
  [0.1, 1e-8, 2],
];
const SPOKEN = expect.stringMatching(/Hello/) as string;
const SUNNY = expect.stringContaining('sunny, 21') as string;

let sandbox: Sandbox;
let embeddings: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
  // A service that sends lists of numbers, whatever it is asked for.
  embeddings = await startUpstream(({ res }) => {
    const data = VECTORS.map((embedding, index) => ({ object: 'embedding', index, embedding }));
    sendJson(res, { object: 'list', model: 'm', data, usage: { prompt_tokens: 1, total_tokens: 1 } });
  });
  const base_url = `${sandbox.url}/v1`;
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      openai: [
        { name: 'openai-only', base_url, api_key: 'sandbox-key', speaks: ['openai-chat'] },
        { name: 'failing', base_url, api_key: 'not-the-key', speaks: ['openai-chat'] },
        { name: 'vectors', base_url: `${embeddings.url}/v1`, speaks: ['openai-embeddings'] },
      ],
      anthropic: [{ name: 'anthropic-only', base_url, api_key: 'sandbox-key' }],
    },
  });
});
afterAll(async () => {
  await gateway?.close();
  await sandbox?.close();
  await embeddings?.close();
});

const callOf = (model: string, more: object = {}): PythonCall => ({
  url: gateway.url,
  key: TEST_KEY,
  model,
  failing: 'failing',
  ...more,
});
const MODELS = ['openai-only', 'anthropic-only'];
const FLOATS = VECTORS.map((vector) => [...new Float32Array(vector)]);

describeWithPackage("OpenAI's SDK for Python", 'openai', (python) => {
  it.each(MODELS)('speaks chat and Responses with %s', async (model) => {
    const failed = ['InternalServerError', 500, 'upstream_auth_failed'];
    expect(await runClient(python, 'with_openai.py', callOf(model))).toEqual({
      chat: SPOKEN,
      'chat stream': SPOKEN,
      'chat tool': SUNNY,
      'chat error': failed,
      responses: SPOKEN,
      'responses stream': SPOKEN,
      'responses tool': SUNNY,
      'responses error': failed,
    });
  });

  it('gets the vectors of the service, in both forms', async () => {
    const [usual, floats] = (await runClient(
      python,
      'with_openai_embeddings.py',
      callOf('vectors'),
    )) as number[][][];
    expect(usual).toEqual(FLOATS);
    expect(floats).toEqual(VECTORS);
  });
});

describeWithPackage("Anthropic's SDK for Python", 'anthropic', (python) => {
  it.each(MODELS)('speaks Messages with %s', async (model) => {
    expect(await runClient(python, 'with_anthropic.py', callOf(model))).toEqual({
      messages: SPOKEN,
      stream: SPOKEN,
      tool: SUNNY,
      tokens: expect.any(Number) as number,
      models: expect.arrayContaining(MODELS) as string[],
      error: ['InternalServerError', 500],
    });
  });
});

describeWithPackage('openai-agents', 'agents', (python) => {
  it.each(MODELS)('runs agents with %s', async (model) => {
    const understood = { text: SPOKEN, stream: SPOKEN, tool: SUNNY, asked: 1, error: 'InternalServerError' };
    expect(await runClient(python, 'with_agents.py', callOf(model))).toEqual({
      OpenAIResponsesModel: understood,
      OpenAIChatCompletionsModel: understood,
    });
  });
});

describeWithFramework('LangChain for Python', 'langchain_openai, langchain_anthropic', (python) => {
  it.each(MODELS)('speaks all three formats with %s', async (model) => {
    const understood = {
      text: SPOKEN,
      stream: SPOKEN,
      tool: SUNNY,
      error: expect.stringMatching(/Error$/) as string,
    };
    expect(await runClient(python, 'with_langchain.py', callOf(model))).toEqual({
      chat: understood,
      responses: understood,
      messages: understood,
    });
  });
});

describeWithFramework('LlamaIndex for Python', 'llama_index.llms.openai_like', (python) => {
  it.each(MODELS)('chats with %s, and gets vectors', async (model) => {
    expect(await runClient(python, 'with_llamaindex.py', callOf(model, { embeddings: 'vectors' }))).toEqual({
      text: SPOKEN,
      stream: SPOKEN,
      tool: SUNNY,
      error: expect.stringMatching(/Error$/) as string,
      embedding: FLOATS[0],
    });
  });
});
