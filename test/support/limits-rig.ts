import { type TestGateway, startGateway } from './start-gateway.js';
import { type TestUpstream, completion, sendJson, startUpstream } from './start-upstream.js';

export const MESSAGES = [{ role: 'user', content: 'hi' }];

type Fields = Record<string, unknown>;

/** An upstream, and gateways before it whose keys and teams have limits: one for each test. */
export class LimitsRig {
  gateway!: TestGateway;

  private constructor(readonly upstream: TestUpstream) {}

  static async open(): Promise<LimitsRig> {
    return new LimitsRig(await startUpstream());
  }

  /** Keys by name; the key of each is `sk-` and its name. */
  async start(keys: Record<string, Fields>, teams?: Fields[]): Promise<void> {
    this.gateway = await startGateway(this.configOf(keys, teams));
  }

  configOf(keys: Record<string, Fields>, teams?: Fields[]) {
    const api_keys = Object.entries(keys).map(([name, rest]) => ({ name, key: `sk-${name}`, ...rest }));
    return { auth: { api_keys, ...(teams && { teams }) }, models: this.#models() };
  }

  /** As the upstream is before each test: without calls, and with a completion for each. */
  reset(): void {
    this.upstream.calls.length = 0;
    this.upstream.handle(({ res }) => sendJson(res, completion()));
  }

  ask(name: string, body: Fields = {}, signal?: AbortSignal): Promise<Response> {
    return this.gateway.chat({ model: 'chat', messages: MESSAGES, ...body }, { key: `sk-${name}`, signal });
  }

  post(path: string, name: string, body: unknown): Promise<Response> {
    return fetch(this.gateway.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer sk-${name}` },
      body: JSON.stringify(body),
    });
  }

  #models() {
    const base_url = this.upstream.url;
    const painter = { speaks: ['openai-images'], price: { per_image: 0.04 } };
    const capped = { max_tokens: 10, price: { input: 0, output: 1000 } };
    return {
      openai: [
        { name: 'chat', base_url, api_key: 'k' },
        { name: 'dear', base_url, api_key: 'k', price: { input: 100, output: 1000 } },
        { name: 'painter', base_url, api_key: 'k', ...painter },
        { name: 'capped', base_url, api_key: 'k', ...capped },
        { name: 'gratis', base_url, api_key: 'k', price: 'free' },
        { name: 'embed', base_url, api_key: 'k', speaks: ['openai-embeddings'] },
        { name: 'narrow', base_url, api_key: 'k', limits: { max_concurrent: 1 } },
        { name: 'dead', base_url: 'http://127.0.0.1:9', api_key: 'k', retry: { max_retries: 0 } },
        { name: 'twice', base_url, api_key: 'k', retry: { max_retries: 2, backoff_seconds: 0 } },
      ],
    };
  }
}

export function count(responses: readonly Response[], status: number): number {
  return responses.filter((response) => response.status === status).length;
}

export async function codeOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { error: { code: unknown } }).error.code;
}
