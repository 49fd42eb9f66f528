import { type TestConfig, type TestGateway, TEST_KEY, startGateway } from './start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from './start-upstream.js';

export let upstream: TestUpstream;
export let gateway: TestGateway;

export const model = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  name: 'm',
  base_url: `${upstream.url}/v1`,
  api_key: 'planted-upstream-key-1',
  ...more,
});
export const config = (more: Partial<TestConfig> = {}): TestConfig => ({
  models: { openai: [model()] },
  ...more,
});
export const ask = (name = 'm', more: Record<string, unknown> = {}, key = TEST_KEY): Promise<Response> =>
  gateway.chat({ model: name, messages: [{ role: 'user', content: 'hi' }], ...more }, { key });
export const outcomes = () => gateway.log().filter(({ message }) => message.startsWith('configuration'));
export const state = async () => {
  const health = (await (await gateway.get('/v1/health')).json()) as {
    config: { generation: number; age_seconds: number };
    models: { configured: number; enabled: number };
  };
  return { generation: health.config.generation, models: health.models };
};

/** Starts the gateway of a test. */
export async function start(content: TestConfig): Promise<void> {
  gateway = await startGateway(content);
}

/** For a whole spec: a service before each test, which closes after it with the gateway. */
export function openReloads(): void {
  beforeEach(async () => {
    upstream = await startUpstream(({ res }) => sendJson(res, completion()));
  });
  afterEach(async () => {
    await gateway.close();
    await upstream.close();
  });
}
