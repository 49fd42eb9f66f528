import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, fetch as undiciFetch } from 'undici';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { poll } from '../support/cli-process.js';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.js';
import { leastOf } from '../support/least-of.js';
import { parseSse } from '../support/read-sse.js';
import { TEST_KEY } from '../support/start-gateway.js';
import { type TcpBalancer, startBalancer } from '../support/tcp-balancer.js';

/** The manifest's five seconds, a tenth of them. */
const PRE_STOP_MS = 500;
const DELAY_SECONDS = 0.5;
const GRACE_SECONDS = 20;
/** How long nodes go on sending new connections to a pod that was told to go. */
const HEARSAY_MS = 400;
const CALLERS = 12;
/**
 * Between the calls of one caller: HTTP leaves a moment in which an answer has ended and the news that its connection
 * closes is under way. Who writes into it must try again, as the OpenAI SDKs do.
 */
const PAUSE_MS = 50;

// Each pod is a process that starts from nothing.
jest.setTimeout(180_000);

let service: Sandbox;
let balancer: TcpBalancer;
let pods: GatewayProcess[];
const open = async (): Promise<void> => {
  service = await Sandbox.start({ chunkDelayMs: 5, latencyMs: 20 });
  balancer = await startBalancer();
  pods = [];
};
const close = async (): Promise<void> => {
  await Promise.all(pods.map((pod) => pod.kill()));
  await balancer.close();
  await service.close();
};
beforeEach(open);
afterEach(close);

/** Starts a pod; it is an endpoint once its readiness probe has said so. */
async function startPod(): Promise<GatewayProcess> {
  const pod = await startGatewayProcess({
    server: {
      host: '127.0.0.1',
      port: 0,
      shutdown_delay_seconds: DELAY_SECONDS,
      shutdown_grace_seconds: GRACE_SECONDS,
    },
    models: { openai: [{ name: 'm', base_url: `${service.url}/v1`, api_key: 'sandbox-key' }] },
  });
  pods.push(pod);
  await poll(async () => (await pod.get('/v1/health/ready')).status === 200);
  balancer.add(pod.url);
  return pod;
}

/** Ends a pod as the kubelet does, while the rest of the cluster hears of it later. @returns exit code */
async function endPod(pod: GatewayProcess): Promise<number | null> {
  const heard = sleep(HEARSAY_MS).then(() => balancer.remove(pod.url));
  await sleep(PRE_STOP_MS);
  const stopped = pod.stop();
  await heard;
  return stopped;
}

/** Callers that keep their connections and ask one call after the other, plain and as a stream. */
function startLoad(): { calls: () => number; stop(): Promise<string[]> } {
  const agent = new Agent({ keepAliveTimeout: 60_000 });
  const failures: string[] = [];
  let calls = 0;
  let isOver = false;
  const ask = async (stream: boolean): Promise<void> => {
    const answer = await undiciFetch(`${balancer.url}/v1/chat/completions`, {
      dispatcher: agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
      body: JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content: 'hi' }] }),
    });
    const text = await answer.text();
    if (answer.status !== 200) failures.push(`${answer.status}: ${text}`);
    else if (stream && !parseSse(text).isDone) failures.push(`a stream without its end: ${text.slice(-200)}`);
  };
  const caller = async (_: unknown, index: number): Promise<void> => {
    while (!isOver) {
      await ask(index % 2 === 0).catch((error: Error) =>
        failures.push(`${error.message}: ${String(error.cause)}`),
      );
      calls += 1;
      await sleep(PAUSE_MS);
    }
  };
  const done = Promise.all(Array.from({ length: CALLERS }, caller));
  return {
    calls: () => calls,
    stop: async () => {
      isOver = true;
      await done;
      await agent.close();
      return failures;
    },
  };
}

describe('a rolling update under load', () => {
  it('replaces each pod, one more at a time, and no call fails', async () => {
    let failures: string[] = [];
    // A busy machine makes that moment longer than the callers' pause, now and then.
    await leastOf(1, async () => {
      if (pods.length > 0) await close().then(open);
      failures = await update();
      return failures.length;
    });
    expect(failures).toEqual([]);
  });

  async function update(): Promise<string[]> {
    const old = [await startPod(), await startPod()];
    const load = startLoad();
    for (const pod of old) {
      const before = load.calls();
      await poll(() => load.calls() >= before + 50, 30_000);
      await startPod();
      expect(await endPod(pod)).toBe(0);
    }
    const after = load.calls();
    await poll(() => load.calls() >= after + 100, 30_000);
    const failures = await load.stop();
    expect(balancer.refused()).toBe(0);
    expect(load.calls()).toBeGreaterThan(150);
    // Each pod had its share.
    for (const pod of pods)
      expect(pod.log().filter(({ message }) => message === 'request').length).toBeGreaterThan(20);
    for (const pod of old) expect(pod.log().at(-1)).toMatchObject({ message: 'stopped' });
    return failures;
  }
});
