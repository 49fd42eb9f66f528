import { Sandbox } from '../../src/sandbox/sandbox.js';
import { SINGLE_ATTEMPTS, type TestGateway, startGateway } from './start-gateway.js';
import { type TestUpstream, startUpstream } from './start-upstream.js';

/** The service of the model `sandbox`. */
export let sandbox: Sandbox;
/** The service of the model `custom`. */
export let upstream: TestUpstream;
export let gateway: TestGateway;

/** For a whole spec: both services and a gateway; a test begins without faults and without calls. */
export function openSandboxStreams(server: Record<string, unknown> = {}): void {
  beforeAll(async () => {
    sandbox = await Sandbox.start({ chunkDelayMs: 0 });
    upstream = await startUpstream();
    gateway = await startGateway({
      ...SINGLE_ATTEMPTS,
      server,
      models: {
        openai: [
          { name: 'sandbox', base_url: `${sandbox.url}/v1`, api_key: 'sandbox-key' },
          { name: 'custom', base_url: upstream.url },
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway.close();
    await sandbox.close();
    await upstream.close();
  });
  beforeEach(() => {
    sandbox.clearFaults();
    upstream.calls.length = 0;
  });
}

/** Asks for a stream of a model. */
export const ask = (model: string, extra: Record<string, unknown> = {}) =>
  gateway.chat({ model, stream: true, messages: [{ role: 'user', content: '你好，世界 🙂' }], ...extra });
