import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestConfig, type TestGateway, TEST_KEY, startGateway } from './start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from './start-upstream.js';

export const ASK = { model: 'chat', messages: [{ role: 'user', content: 'hi' }] };
export const ADMIN = 'sk-test-admin-key-0001';
export const OTHER = 'sk-test-other-key-0001';

/** An upstream, a gateway before it whose keys and models have prices and names, and a folder for its usage store. */
export class UsageRig {
  readonly folder = mkdtempSync(join(tmpdir(), 'usage-test-'));
  /** The usage store, once a gateway has made it. */
  readonly path = join(this.folder, 'data', 'usage.db');
  gateway!: TestGateway;

  private constructor(readonly upstream: TestUpstream) {}

  static async open(): Promise<UsageRig> {
    return new UsageRig(await startUpstream(({ res }) => sendJson(res, completion())));
  }

  async start(usage?: Record<string, unknown>, more: Partial<TestConfig> = {}): Promise<void> {
    this.gateway = await startGateway(this.#configOf(usage, more));
  }

  async usageOf(query = '', key = ADMIN): Promise<Record<string, unknown>[]> {
    const response = await this.gateway.get(`/v1/usage${query}`, { key });
    const body = (await response.json()) as { object: string; data: Record<string, unknown>[] };
    expect([response.status, body.object]).toEqual([200, 'list']);
    return body.data;
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await this.upstream.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #configOf(usage: Record<string, unknown> | undefined, more: Partial<TestConfig>): TestConfig {
    const base_url = this.upstream.url;
    return {
      auth: {
        time_zone: 'Asia/Shanghai',
        teams: [{ name: 'search' }],
        api_keys: [
          { name: 'bot', key: TEST_KEY, team: 'search' },
          { name: 'other', key: OTHER },
          { name: 'boss', key: ADMIN, admin: true },
        ],
      },
      retry: { max_retries: 1, backoff_seconds: 0 },
      breaker: { enabled: false },
      ...(usage !== undefined && { usage }),
      models: {
        openai: [
          { name: 'chat', base_url, price: { input: 2, output: 10 }, fallbacks: ['spare'] },
          { name: 'spare', base_url: `${base_url}/spare`, price: { input: 1, output: 1 } },
          { name: 'unpriced', base_url, on_client_disconnect: 'finish' },
        ],
      },
      ...more,
    };
  }
}
