import { Scrape } from './scrape.js';
import { TEST_KEY, type TestConfig, type TestGateway } from './start-gateway.js';
import { type TestUpstream, startUpstream } from './start-upstream.js';

export const TEAM_KEY = 'sk-test-team-key-0001';
export const CHINESE_MODEL = '通义 "千问"';

export let upstream: TestUpstream;

export function config(metrics?: Record<string, unknown>): TestConfig {
  const base_url = upstream.url;
  return {
    auth: {
      api_keys: [
        { name: 'all', key: TEST_KEY },
        { name: 'team', key: TEAM_KEY, models: ['m'] },
      ],
    },
    ...(metrics !== undefined && { metrics }),
    models: {
      openai: [
        { name: 'm', base_url },
        { name: CHINESE_MODEL, base_url },
      ],
      request: [
        { name: 'in-house', base_url, auth_url: `${base_url}/auth`, username: 'u', password: 'planted-pass' },
      ],
    },
  };
}

export const messages = [{ role: 'user', content: 'planted prompt' }];

export async function scrape(gateway: TestGateway, key = TEST_KEY): Promise<Scrape> {
  const answer = await gateway.get('/metrics', { key });
  expect(answer.status).toBe(200);
  return new Scrape(await answer.text());
}

/** Counted at the end of a call, which the caller's own end may come before. */
export async function scrapeUntil(gateway: TestGateway, series: string, value: number): Promise<Scrape> {
  const endAt = Date.now() + 10_000;
  for (;;) {
    const found = await scrape(gateway);
    if (found.value(series) === value) return found;
    if (Date.now() > endAt) throw new Error(`${series} is ${found.value(series)}, not ${value}`);
  }
}

/** For a whole spec: the service behind its models. */
export function openMeasuredService(): void {
  beforeAll(async () => (upstream = await startUpstream()));
  afterAll(() => upstream.close());
}
