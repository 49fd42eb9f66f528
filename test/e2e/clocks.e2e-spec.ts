import { type AddressInfo, createServer } from 'node:net';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { readSse } from '../support/read-sse.js';
import { startDeafServer } from '../support/deaf-server.js';
import { type TestGateway, startGateway, SINGLE_ATTEMPTS } from '../support/start-gateway.js';

let sandbox: Sandbox;
let gateway: TestGateway;

beforeAll(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 0 });
  const base_url = `${sandbox.url}/v1`;
  gateway = await startGateway({
    ...SINGLE_ATTEMPTS,
    models: {
      openai: [
        {
          name: 'first',
          base_url,
          api_key: 'sandbox-key',
          timeouts: { first_byte_seconds: 1, idle_seconds: 5 },
        },
        { name: 'idle', base_url, api_key: 'sandbox-key', timeouts: { idle_seconds: 1 } },
        { name: 'total', base_url, api_key: 'sandbox-key', timeouts: { total_seconds: 1 } },
        {
          name: 'patient',
          base_url,
          api_key: 'sandbox-key',
          timeouts: { first_byte_seconds: 0.1, total_seconds: 0 },
        },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await sandbox.close();
});
beforeEach(() => sandbox.clearFaults());

const ask = (model: string, stream: boolean) =>
  gateway.chat({ model, stream, messages: [{ role: 'user', content: 'hi' }] });

async function expectError(response: Response, code: string): Promise<void> {
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({ error: { type: 'upstream_error', code, param: null } });
}

describe('the clocks of a call', () => {
  it('first byte: a stream whose upstream does not answer', async () => {
    sandbox.fail('hang');
    await expectError(await ask('first', true), 'first_byte_timeout');
  });

  it('first byte: headers and comments do not count', async () => {
    sandbox.fail({ kind: 'slow_first_byte', ms: 3000, headers_first: true, comment_every_ms: 20 });
    const stream = await readSse(await ask('first', true));
    expect(stream.error).toMatchObject({ code: 'first_byte_timeout' });
    expect(stream.isDone).toBe(false);
  });

  it('first byte: is not for plain responses, whose first byte is the whole response', async () => {
    sandbox.fail({ kind: 'slow_first_byte', ms: 400 });
    expect((await ask('patient', false)).status).toBe(200);
  });

  it('idle: a stream that falls silent', async () => {
    sandbox.fail({ kind: 'stall', after: 2 });
    const stream = await readSse(await ask('idle', true));
    expect(stream.chunks).toHaveLength(2);
    expect(stream.error).toMatchObject({ code: 'idle_timeout' });
    expect(stream.isDone).toBe(false);
  });

  it('idle: comments count', async () => {
    sandbox.fail({ kind: 'slow_first_byte', ms: 2500, headers_first: true, comment_every_ms: 20 });
    expect((await readSse(await ask('idle', true))).isDone).toBe(true);
  });

  it('total: a plain response that takes too long', async () => {
    sandbox.fail('hang');
    await expectError(await ask('total', false), 'total_timeout');
  });

  it('total: a stream that never ends, busy though it is', async () => {
    sandbox.fail({ kind: 'stall', after: 1, comment_every_ms: 20 });
    const stream = await readSse(await ask('total', true));
    expect(stream.error).toMatchObject({ code: 'total_timeout' });
  });

  it('ends the upstream call when a clock runs out', async () => {
    const before = sandbox.abortedCalls;
    sandbox.fail('hang');
    await ask('total', false);
    await sandbox.waitFor((it) => it.abortedCalls === before + 1);
  });

  it('connect: a server that never accepts', async () => {
    const deaf = await startDeafServer();
    const far = await startGateway({
      models: {
        openai: [
          { name: 'far', base_url: `http://127.0.0.1:${deaf.port}`, timeouts: { connect_seconds: 0.3 } },
        ],
      },
    });
    await expectError(
      await far.chat({ model: 'far', messages: [{ role: 'user', content: 'hi' }] }),
      'connect_timeout',
    );
    await far.close();
    deaf.close();
  });

  it('unreachable: no server listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const closed = await startGateway({
      models: { openai: [{ name: 'closed', base_url: `http://127.0.0.1:${port}` }] },
    });
    await expectError(
      await closed.chat({ model: 'closed', messages: [{ role: 'user', content: 'hi' }] }),
      'upstream_unreachable',
    );
    await closed.close();
  });
});
