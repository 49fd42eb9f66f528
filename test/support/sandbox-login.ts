import { Sandbox } from '../../src/sandbox/sandbox.js';
import { type TestGateway, startGateway } from './start-gateway.js';
import { type TestUpstream, startUpstream } from './start-upstream.js';

export let sandbox: Sandbox;
export let upstream: TestUpstream;
export let gateway: TestGateway;

/** A gateway of its own for each test: leases and back-off live as long as it does. */
export async function start(
  login: Record<string, unknown> = {},
  more: Record<string, unknown>[] = [],
): Promise<void> {
  gateway = await startGateway({
    models: {
      request: [
        {
          name: 'login-model',
          base_url: `${sandbox.url}/v1`,
          auth_url: `${sandbox.url}/login`,
          username: 'demo',
          password: 'demo-password',
          ...login,
        },
        ...more,
      ],
    },
  });
}

export const ask = (model = 'login-model', stream = false) =>
  gateway.chat({ model, stream, messages: [{ role: 'user', content: 'hi' }] });
export const askMany = (count: number) => Promise.all(Array.from({ length: count }, () => ask()));
export const statuses = (responses: Response[]) => [...new Set(responses.map((response) => response.status))];
export const codeOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string } }).error.code;

/** For a whole spec: a sandbox and another service before each test, with which everything closes after it. */
export function openSandboxLogin(): void {
  beforeEach(async () => {
    sandbox = await Sandbox.start({ chunkDelayMs: 0 });
    upstream = await startUpstream();
  });
  afterEach(async () => {
    await gateway.close();
    await sandbox.close();
    await upstream.close();
  });
}
