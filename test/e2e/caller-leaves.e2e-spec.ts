import { connect } from 'node:net';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { leastOf } from '../support/least-of.js';
import { type TestGateway, TEST_KEY, startGateway, until } from '../support/start-gateway.js';
import { type TestUpstream, beginStream, chunkEvent, startUpstream } from '../support/start-upstream.js';

let sandbox: Sandbox;
let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 5 });
  upstream = await startUpstream();
  gateway = await startGateway({
    models: {
      openai: [
        { name: 'sandbox', base_url: `${sandbox.url}/v1`, api_key: 'sandbox-key' },
        { name: 'custom', base_url: upstream.url },
      ],
      request: [
        {
          name: 'login',
          base_url: `${sandbox.url}/v1`,
          auth_url: `${sandbox.url}/login`,
          username: 'demo',
          password: 'demo-password',
        },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await sandbox.close();
  await upstream.close();
});
beforeEach(() => sandbox.clearFaults());

const body = (model: string, stream: boolean) => ({
  model,
  stream,
  messages: [{ role: 'user', content: 'tell me a long story' }],
});

describe('a client that leaves', () => {
  it.each([true, false])(
    'before the first byte ends the upstream call within a second (stream: %s)',
    async (stream) => {
      const ms = await leastOf(1000, async () => {
        sandbox.fail('hang');
        const before = sandbox.abortedCalls;
        const leave = new AbortController();
        const call = gateway.chat(body('sandbox', stream), { signal: leave.signal });
        await sandbox.waitFor((it) => it.openCalls > 0);
        const leftAt = performance.now();
        leave.abort();
        await expect(call).rejects.toThrow();
        await sandbox.waitFor((it) => it.abortedCalls === before + 1);
        return performance.now() - leftAt;
      });
      expect(ms).toBeLessThan(1000);
      await until(() => gateway.log().at(-1)?.['status'] === 499, 'a log line');
      expect(gateway.log().at(-1)).toMatchObject({ error: 'client_closed_request', model: 'sandbox' });
    },
  );

  it('in the middle of a stream ends the upstream call within a second', async () => {
    const ms = await leastOf(1000, async () => {
      sandbox.fail({ kind: 'stall', after: 2 });
      const before = sandbox.abortedStreams;
      const leave = new AbortController();
      const response = await gateway.chat(body('sandbox', true), { signal: leave.signal });
      await response.body!.getReader().read();
      const leftAt = performance.now();
      leave.abort();
      await sandbox.waitFor((it) => it.abortedStreams === before + 1);
      return performance.now() - leftAt;
    });
    expect(ms).toBeLessThan(1000);
  });

  it('while a login runs does not cancel it for the others', async () => {
    sandbox.failLogin({ kind: 'slow_first_byte', ms: 300 });
    const leave = new AbortController();
    const first = gateway.chat(body('login', false), { signal: leave.signal });
    await sandbox.waitFor((it) => it.loginCount === 1);
    const second = gateway.chat(body('login', false));
    leave.abort();
    await expect(first).rejects.toThrow();
    expect((await second).status).toBe(200);
    expect(sandbox.loginCount).toBe(1);
  });

  it('does not change the health of the model', async () => {
    const health = (await (await gateway.get('/v1/health/models')).json()) as {
      data: { model: string; status: string }[];
    };
    expect(health.data.find((model) => model.model === 'sandbox')).toMatchObject({ status: 'unknown' });
  });
});

describe('a client that reads slowly', () => {
  it('holds the upstream back, without the idle clock running out', async () => {
    let written = 0;
    let isBlocked = false;
    upstream.handle(({ res }) => {
      beginStream(res);
      const event = chunkEvent('x'.repeat(65_536));
      const more = (): void => {
        while (written < 300) {
          written++;
          if (!res.write(event)) {
            isBlocked = true;
            res.once('drain', more);
            return;
          }
        }
        res.end(`${chunkEvent('', 'stop')}data: [DONE]\n\n`);
      };
      more();
    });
    const text = JSON.stringify(body('custom', true));
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TEST_KEY}\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    await until(() => isBlocked, 'back-pressure');
    let before = -1;
    await until(() => {
      const isSettled = before === written;
      before = written;
      return isSettled;
    });
    expect(written).toBeLessThan(250);
    let received = 0;
    socket.on('data', (chunk: Buffer) => (received += chunk.length));
    socket.resume();
    await until(() => received > 299 * 65_536, 'the rest of the stream', 10_000);
    socket.destroy();
  });
});
