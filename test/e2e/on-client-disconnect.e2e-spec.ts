import { until } from '../support/start-gateway.js';
import { beginStream, chunkEvent } from '../support/start-upstream.js';
import { a, ask, gateway, lastLine, openTwoServices, single } from '../support/two-services.js';

openTwoServices();

describe('a caller that leaves', () => {
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
    await until(() => gateway!.drain.phase === 'refusing');
    expect(gateway!.drain.runningCount).toBe(1);
    const { res } = a.calls[0]!;
    expect(res.destroyed).toBe(false);
    for (let count = 0; count < 200; count++) res.write(chunkEvent('y'.repeat(16_384)));
    res.end(`${chunkEvent('', 'stop')}${usage}data: [DONE]\n\n`);
    await drained;
    expect(res.writableFinished).toBe(true);
    expect(lastLine()).toMatchObject({ status: 499, completion_tokens: 5, attempts: 1 });
  });

  it('ends that of any other', async () => {
    await single();
    a.handle(({ res }) => void (beginStream(res), res.write(chunkEvent('x'))));
    const leave = new AbortController();
    const response = await ask({ stream: true }, leave.signal);
    await response.body!.getReader().read();
    leave.abort();
    await until(() => a.calls[0]!.res.destroyed, 'the end of the upstream call', 1000);
  });
});
