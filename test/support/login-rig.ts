import { TEST_KEY, type TestGateway, startGateway } from './start-gateway.js';
import {
  type TestUpstream,
  type UpstreamCall,
  completion,
  sendJson,
  startUpstream,
} from './start-upstream.js';

export const PASSWORD = 'planted-pass word&77';
export const TOKEN = 'planted-token-0001';

export interface TestOutcome {
  readonly status: string;
  readonly error?: { readonly code: string };
}

/** A service with a login and a chat call, and a gateway whose model `m` logs in there with a recipe. */
export class LoginRig {
  gateway!: TestGateway;

  private constructor(readonly upstream: TestUpstream) {}

  static async open(): Promise<LoginRig> {
    return new LoginRig(await startUpstream());
  }

  /** Starts a gateway for each test: leases and back-off live as long as it does. */
  async start(
    login: Record<string, unknown>,
    more: Record<string, unknown> = {},
    others: Record<string, unknown>[] = [],
    blocks: Record<string, unknown> = {},
  ): Promise<void> {
    const account = { username: 'demo', password: PASSWORD, base_url: `${this.upstream.url}/api` };
    const first = { name: 'm', ...account, login: { url: `${this.upstream.url}/login`, ...login }, ...more };
    this.gateway = await startGateway({
      models: { request: [first, ...others.map((other) => ({ ...account, ...other }))] },
      ...blocks,
    });
  }

  /** Responds to logins with `login`, and to calls with `chat`, or with a completion. */
  serve(login: (call: UpstreamCall) => unknown, chat?: (call: UpstreamCall) => unknown): void {
    this.upstream.handle((call) => {
      if (!isChat(call)) return login(call);
      return chat === undefined ? sendJson(call.res, completion()) : chat(call);
    });
  }

  ask(model = 'm', stream = false): Promise<Response> {
    return this.gateway.chat({ model, stream, messages: [{ role: 'user', content: 'hi' }] });
  }

  askMany(count: number): Promise<Response[]> {
    return Promise.all(Array.from({ length: count }, () => this.ask()));
  }

  /** Asks for a test of a model. */
  postTest(body: object | undefined, key: string, model: string): Promise<Response> {
    return fetch(`${this.gateway.url}/v1/models/${model}/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  async testModel(body?: object, key = TEST_KEY, model = 'm'): Promise<TestOutcome> {
    return (await (await this.postTest(body, key, model)).json()) as TestOutcome;
  }

  /** What the health of the models says of the first one's token. */
  async tokenState(): Promise<Record<string, unknown>> {
    const answer = await this.gateway.get('/v1/health/models');
    const { data } = (await answer.json()) as { data: { state: string; token: Record<string, unknown> }[] };
    return { state: data[0]!.state, ...data[0]!.token };
  }

  chats(): UpstreamCall[] {
    return this.upstream.calls.filter(isChat);
  }

  logins(): UpstreamCall[] {
    return this.upstream.calls.filter((call) => !isChat(call));
  }

  logged(message: string): Record<string, unknown>[] {
    return this.gateway.log().filter((line) => line.message === message);
  }

  async close(): Promise<void> {
    await this.gateway.close();
    await this.upstream.close();
  }
}

function isChat({ path }: UpstreamCall): boolean {
  return path.startsWith('/api/chat/completions');
}

export async function errorOf(response: Response): Promise<{ code: string; message: string }> {
  return ((await response.json()) as { error: { code: string; message: string } }).error;
}

export const refuse = ({ res }: UpstreamCall): void => sendJson(res, { message: 'wrong password' }, 401);

/** Does the work so often, one after the other. */
export async function times<Result>(count: number, work: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < count; at++) results.push(await work());
  return results;
}
