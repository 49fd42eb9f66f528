import { alternate } from './rounds.mjs';
import { expectLogLineCount } from './verify.mjs';

/** Requests of the verification: one for readiness, and one of the measured kind. */
const EARLIER_REQUESTS = 2;

/** Plain chats of 1 KB each way at full speed: requests per second and CPU time per request. */
export async function measurePlain(rig, options) {
  let loggedRequests = EARLIER_REQUESTS;
  const results = await takeTurns(rig, rig.variants, options, (variant, sent) => {
    if (variant.name === 'gateway') loggedRequests += sent;
  });
  await expectLogLineCount(rig, loggedRequests);
  return { ...results, connections: options.plain.connections, loggedRequests };
}

/**
 * @param {Record<string, import('./rig.mjs').Variant>} variants
 * @param {(variant: import('./rig.mjs').Variant, sent: number) => void} [onSent]
 */
export async function takeTurns(rig, variants, { rounds, plain }, onSent = () => undefined) {
  const { connections, warmMs, warmRequests, turns, leadMs, windowMs } = plain;
  const run = async (variant, window, lead) => {
    await variant.prepare?.();
    const result = await rig.load.run('plain', {
      port: variant.port,
      request: variant.traffic.plain,
      connections,
      ...lead,
      windowMs: window,
      pids: [variant.pid, rig.load.child.pid, rig.upstream.pid],
    });
    onSent(variant, result.sent);
    const [own, load, upstream] = result.cpuMicros.map((micros) => micros / result.completed);
    return {
      requestsPerSecond: result.completed / result.seconds,
      cpuMicros: own,
      busy: (own * result.completed) / 1e6 / result.seconds,
      othersBusy:
        (result.machineMicros / 1e6 -
          ((own + load + (variant.pid === rig.upstream.pid ? 0 : upstream)) * result.completed) / 1e6) /
        result.seconds,
      loadCpuMicros: load,
      upstreamCpuMicros: upstream,
      p50Ms: result.p50Ms,
      p99Ms: result.p99Ms,
    };
  };
  for (const variant of Object.values(variants))
    await run(variant, 100, { leadMs: warmMs, leadRequests: warmRequests });
  // Short turns: whatever else the machine does in a second affects each variant about equally.
  return alternate(variants, rounds * turns, (variant) => run(variant, windowMs, { leadMs }));
}
