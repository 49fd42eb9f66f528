import OpenAI from 'openai';
import { SINGLE_ATTEMPTS, TEST_KEY, type TestGateway, startGateway } from './start-gateway.js';
import { type TestUpstream, startUpstream } from './start-upstream.js';

/** A gateway before a service that has all operations, with a client of OpenAI's SDK. */
export class OperationsRig {
  private constructor(
    readonly upstream: TestUpstream,
    readonly gateway: TestGateway,
    readonly client: OpenAI,
  ) {}

  static async start(): Promise<OperationsRig> {
    const upstream = await startUpstream();
    const base_url = `${upstream.url}/v1`;
    const gateway = await startGateway({
      ...SINGLE_ATTEMPTS,
      models: {
        openai: [
          { name: 'any', base_url, model_name: 'upstream/any' },
          { name: 'refuses', base_url },
          { name: 'chats', base_url, speaks: ['openai-chat'] },
          { name: 'embeds', base_url, speaks: ['openai-embeddings'] },
          { name: 'replaced', base_url, fallbacks: ['any'], retry: { max_retries: 1 } },
        ],
      },
    });
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: TEST_KEY, maxRetries: 0 });
    return new OperationsRig(upstream, gateway, client);
  }

  readonly post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${this.gateway.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });

  async close(): Promise<void> {
    await this.gateway.close();
    await this.upstream.close();
  }
}

/** What `openOperations` has opened. */
export let upstream: TestUpstream;
export let gateway: TestGateway;
export let client: OpenAI;
export let post: OperationsRig['post'];

/** For a whole spec: one rig, whose service has had no calls when a test begins. */
export function openOperations(): void {
  let rig: OperationsRig | undefined;
  beforeAll(async () => {
    rig = await OperationsRig.start();
    ({ upstream, gateway, client, post } = rig);
  });
  beforeEach(() => void (upstream.calls.length = 0));
  afterAll(() => rig?.close());
}
