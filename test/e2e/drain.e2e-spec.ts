import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { parseSse } from '../support/read-sse.js';
import { TEST_KEY, type TestGateway, startGateway } from '../support/start-gateway.js';

let sandbox: Sandbox;
let gateway: TestGateway;

beforeEach(async () => {
  sandbox = await Sandbox.start({ chunkDelayMs: 10 });
  gateway = await startGateway({
    models: { openai: [{ name: 'm', base_url: `${sandbox.url}/v1`, api_key: 'sandbox-key' }] },
  });
});
afterEach(async () => {
  await gateway.close();
  await sandbox.close();
});

const ask = (stream: boolean) =>
  gateway.chat({ model: 'm', stream, messages: [{ role: 'user', content: 'hi' }] });

describe('a drain', () => {
  it('fails readiness at once and serves on during the delay, each response asking to close the connection', async () => {
    const over = gateway.beginDrain(2);
    const ready = await gateway.get('/v1/health/ready', { key: null });
    expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close']);
    const health = await gateway.get('/v1/health', { key: null });
    expect([health.status, health.headers.get('connection')]).toEqual([200, 'close']);
    const call = await ask(false);
    expect([call.status, call.headers.get('connection')]).toEqual([200, 'close']);
    await over;
    const late = await ask(false);
    expect([late.status, late.headers.get('retry-after'), late.headers.get('connection')]).toEqual([
      503,
      '1',
      'close',
    ]);
    expect(await late.json()).toMatchObject({ error: { type: 'server_error', code: 'shutting_down' } });
    expect((await gateway.get('/v1/models')).status).toBe(503);
    expect((await gateway.get('/v1/health', { key: null })).status).toBe(200);
  });

  it('closes the connection of a stream that began before it, so that no call follows on it', async () => {
    // As the server has it: so long would an idle connection stay.
    gateway.app.getHttpServer().keepAliveTimeout = 65_000;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const call = request(`${gateway.url}/v1/chat/completions`, {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
    });
    call.end(JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] }));
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    expect(answer.headers.connection).toBe('keep-alive');
    const closed = once(answer.socket, 'close');
    const over = gateway.beginDrain(0, 20);
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) text += String(chunk);
    expect(parseSse(text)).toMatchObject({ isDone: true, error: undefined });
    await closed;
    await over;
    agent.destroy();
  });

  it('lets 50 streams and 10 calls finish, and only then is over', async () => {
    sandbox.fail({ kind: 'slow_first_byte', ms: 2000 }, 10);
    const calls = Array.from({ length: 10 }, () => ask(false));
    await sandbox.waitFor((it) => it.openCalls === 10);
    const streams = await Promise.all(Array.from({ length: 50 }, () => ask(true)));
    let isOver = false;
    const over = gateway.beginDrain().then(() => (isOver = true));
    expect((await ask(false)).status).toBe(503);
    expect(isOver).toBe(false);
    for (const stream of streams)
      expect(parseSse(await stream.text())).toMatchObject({ isDone: true, error: undefined });
    for (const call of await Promise.all(calls)) expect(call.status).toBe(200);
    await over;
    expect(gateway.running.count).toBe(0);
  });

  it('ends what still runs after the grace period, in-band or as a 503', async () => {
    sandbox.fail({ kind: 'stall', after: 2 }, 1);
    const stream = await ask(true);
    sandbox.fail('hang');
    const call = ask(false);
    await sandbox.waitFor((it) => it.openCalls === 2);
    await gateway.beginDrain(0, 0.1);
    const text = await stream.text();
    expect(parseSse(text)).toMatchObject({
      error: { code: 'shutting_down', type: 'server_error' },
      isDone: false,
    });
    const answer = await call;
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'shutting_down' } });
    await sandbox.waitFor((it) => it.openCalls === 0);
  });
});
