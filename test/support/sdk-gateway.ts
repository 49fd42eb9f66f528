import { Sandbox } from '../../src/sandbox/sandbox.js';
import { type TestGateway, SINGLE_ATTEMPTS, startGateway } from './start-gateway.js';

/** The prompt: characters of several bytes and of several code points. */
export const WORDS = '你好，今天 🌤️ 天气怎么样？👨‍👩‍👧‍👦';
/** The parameters of a tool, and the format of a structured reply. */
export const WEATHER_SCHEMA = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const }, days: { type: 'integer' as const } },
  required: ['city', 'days'],
  additionalProperties: false,
};
/** WORDS as messages. */
export const USER_QUESTION = [{ role: 'user' as const, content: WORDS }];

/** The service behind the gateway. */
export let sandbox: Sandbox;
/** With the models `open`, `closed` and `locked-out`. */
export let gateway: TestGateway;
/** The base URL for the SDKs. */
export let baseURL: string;

/** For a whole spec: a sandbox, a gateway, and no SDK call to anywhere else. */
export function openForSdks(): void {
  beforeAll(async () => {
    sandbox = await Sandbox.start({ chunkDelayMs: 1 });
    const base_url = `${sandbox.url}/v1`;
    gateway = await startGateway({
      ...SINGLE_ATTEMPTS,
      models: {
        openai: [
          { name: 'open', base_url, api_key: 'sandbox-key' },
          { name: 'locked-out', base_url, api_key: 'not-the-key' },
        ],
        request: [
          {
            name: 'closed',
            base_url,
            auth_url: `${sandbox.url}/login`,
            username: 'demo',
            password: 'demo-password',
          },
        ],
      },
    });
    baseURL = `${gateway.url}/v1`;
  });
  afterAll(async () => {
    await gateway.close();
    await sandbox.close();
  });
  beforeEach(() => {
    const fetch = globalThis.fetch;
    jest.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      if (!url.startsWith(gateway.url)) throw new Error(`an SDK wants to go elsewhere: ${url}`);
      return fetch(input, init);
    });
  });
  afterEach(() => sandbox.clearFaults());
}

/** How many requests the gateway has logged. */
export const requestCount = () => gateway.log().filter((line) => line.message === 'request').length;

/** The error that was thrown. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error: unknown) => error,
  );
}
