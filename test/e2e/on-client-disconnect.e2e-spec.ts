import { type Server } from 'node:http';
import { TEST_KEY, until } from '../support/start-gateway.js';
import { beginStream, chunkEvent } from '../support/start-upstream.js';
import { a, ask, gateway, lastLine, openTwoServices, single, status } from '../support/two-services.js';

openTwoServices();

describe('a client that leaves', () => {
  const usage = `data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}\n\n`;

  it('does not end the call of a model that finishes', async () => {
    await single({ on_client_disconnect: 'finish' });
    a.handle(({ res }) => void (beginStream(res), res.write(chunkEvent('x'))));
    const leave = new AbortController();
    const response = await ask({ stream: true }, leave.signal);
    await response.body!.getReader().read();
    leave.abort();
    // A drain waits for it, too.
    const drained = gateway!.beginDrain(0, 5);
    await until(() => gateway!.drain.phase === 'closed');
    expect(gateway!.running.count).toBe(1);
    const { res } = a.calls[0]!;
    expect(res.destroyed).toBe(false);
    for (let count = 0; count < 200; count++) res.write(chunkEvent('y'.repeat(16_384)));
    res.end(`${chunkEvent('', 'stop')}${usage}data: [DONE]\n\n`);
    await drained;
    expect(res.writableFinished).toBe(true);
    expect(lastLine()).toMatchObject({ status: 499, completion_tokens: 5, attempts: 1 });
  });

  it('ends the call of any other model', async () => {
    await single();
    a.handle(({ res }) => void (beginStream(res), res.write(chunkEvent('x'))));
    const leave = new AbortController();
    const response = await ask({ stream: true }, leave.signal);
    await response.body!.getReader().read();
    leave.abort();
    await until(() => a.calls[0]!.res.destroyed, 'the end of the upstream call', 1000);
  });

  it('ends the call of a model that finishes while it waits for a retry', async () => {
    await single({ on_client_disconnect: 'finish', retry: { max_retry_after_seconds: 60 } });
    a.handle(status(429, { 'retry-after': '50' }));
    const leave = new AbortController();
    const call = ask({}, leave.signal);
    await until(() => a.calls.length === 1);
    await until(() => a.calls[0]!.res.writableFinished);
    leave.abort();
    await expect(call).rejects.toThrow();
    await until(() => gateway!.running.count === 0, 'the end of the call', 5000);
    expect(a.calls).toHaveLength(1);
  });

  it('aborts a model test, which no other client needs', async () => {
    await single({ on_client_disconnect: 'finish' });
    a.handle(() => undefined);
    const leave = new AbortController();
    const test = fetch(`${gateway!.url}/v1/models/m/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TEST_KEY}` },
      signal: leave.signal,
    });
    await until(() => a.calls.length === 1);
    leave.abort();
    await expect(test).rejects.toThrow();
    await until(() => a.calls[0]!.res.destroyed, 'the end of the upstream call', 5000);
  });

  it('lets no further attempt begin when the one that was to finish fails', async () => {
    await single({ on_client_disconnect: 'finish', retry: { max_retries: 3 } });
    a.handle(() => undefined);
    const leave = new AbortController();
    const call = ask({}, leave.signal);
    await until(() => a.calls.length === 1);
    leave.abort();
    await expect(call).rejects.toThrow();
    const connections = (): Promise<number> =>
      new Promise((resolve) =>
        (gateway!.app.getHttpServer() as Server).getConnections((_error, count) => resolve(count)),
      );
    while ((await connections()) > 0) await new Promise((resolve) => setImmediate(resolve));
    status(500)(a.calls[0]!);
    await until(() => gateway!.running.count === 0, 'the end of the call', 5000);
    expect(a.calls).toHaveLength(1);
    expect(lastLine()).toMatchObject({ status: 499, attempts: 1 });
  });
});
