import { startGatewayProcess } from '../support/gateway-process.js';
import { leastOf } from '../support/least-of.js';
import { completion, sendJson, startUpstream } from '../support/start-upstream.js';

/** Enough for V8 to collect its garbage several times. */
const CALLS = 3000;
const AT_ONCE = 30;

describe('the objects of a call', () => {
  it('are never put among the old ones because others of their kind lived long', async () => {
    expect(await leastOf(1, sitesOfARun)).toBe(0);
  });

  async function sitesOfARun(): Promise<number> {
    const upstream = await startUpstream(({ res }) => sendJson(res, completion()));
    const gateway = await startGatewayProcess(
      { models: { openai: [{ name: 'm', base_url: upstream.url }] } },
      { nodeOptions: ['--trace-gc', '--trace-pretenuring-statistics'] },
    );
    try {
      const before = gateway.logText().length;
      const callers = Array.from({ length: AT_ONCE }, async () => {
        for (let call = 0; call < CALLS / AT_ONCE; call++) {
          const answer = await gateway.chat({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
          expect(answer.status).toBe(200);
          await answer.text();
        }
      });
      await Promise.all(callers);
      const said = gateway.logText().slice(before);
      expect(said.match(/ms: Scavenge/g)!.length).toBeGreaterThan(1);
      return said.split('AllocationSite').length - 1;
    } finally {
      await gateway.stop();
      await upstream.close();
    }
  }
});
