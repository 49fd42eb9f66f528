import { alternate } from './rounds.mjs';
import { expectLogLineCount } from './verify.mjs';

/** Those of the verification: whether the gateway is there, and one of the kind that is measured. */
const EARLIER_REQUESTS = 2;

/** Plain chats of 1 KB each way at full speed: requests per second and processor time per request. */
export async function measurePlain(rig, { rounds, plain }) {
  const { connections, warmMs, warmRequests, turns, leadMs, windowMs } = plain;
  let loggedRequests = EARLIER_REQUESTS;
  const run = async (variant, window, lead) => {
    const result = await rig.load.run('plain', {
      port: variant.port,
      request: variant.traffic.plain,
      connections,
      ...lead,
      windowMs: window,
      pids: [variant.pid, rig.load.child.pid, rig.upstream.pid],
    });
    if (variant.name === 'gateway') loggedRequests += result.sent;
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
  for (const variant of Object.values(rig.variants))
    await run(variant, 100, { leadMs: warmMs, leadRequests: warmRequests });
  // Short turns: what else the machine does in a second hits each variant much the same.
  const results = await alternate(rig.variants, rounds * turns, (variant) =>
    run(variant, windowMs, { leadMs }),
  );
  await expectLogLineCount(rig, loggedRequests);
  return { ...results, connections, loggedRequests };
}
