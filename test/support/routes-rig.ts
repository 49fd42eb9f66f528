import { exchangeRaw } from './exchange-raw.js';
import { type TestGateway, TEST_KEY, startGateway } from './start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from './start-upstream.js';

export let upstream: TestUpstream;
export let gateway: TestGateway;
export const OTHER_KEY = 'sk-test-other-key-0002';

/** `fetch` would tidy the path. */
export const send = (method: string, path: string) =>
  exchangeRaw(
    gateway.url,
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${TEST_KEY}\r\n\r\n`,
  );
export const messageOf = ({ body }: { body: string }): string =>
  (JSON.parse(body) as { error: { message: string } }).error.message;

/** For a whole spec: a service, and a gateway with three models and three keys. */
export function openRoutes(): void {
  beforeAll(async () => {
    upstream = await startUpstream(({ res }) => sendJson(res, completion()));
    gateway = await startGateway({
      auth: {
        api_keys: [
          TEST_KEY,
          { name: 'other', key: OTHER_KEY },
          { name: 'narrow', key: 'sk-narrow-key-0001', models: ['m'] },
        ],
      },
      server: { cors_origins: ['https://app.example'] },
      metrics: { enabled: true, public: true },
      models: {
        openai: [
          { name: 'm', base_url: upstream.url },
          { name: 'org/m', base_url: upstream.url },
          { name: 'hidden', base_url: upstream.url },
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway.close();
    await upstream.close();
  });
}
