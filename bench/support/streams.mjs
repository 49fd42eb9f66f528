import { alternate } from './rounds.mjs';
import { CHUNK_DELAY_MS } from './traffic.mjs';

/** Many streams side by side: CPU time per chunk. */
export async function measureStreams(rig, { rounds, streams: { streams } }) {
  const run = async (variant) => {
    const { events, seconds, cpuMicros } = await rig.load.run('streams', {
      port: variant.port,
      request: variant.traffic.stream,
      streams,
      spreadMs: CHUNK_DELAY_MS,
      pids: [variant.pid],
    });
    return { chunks: events, chunksPerSecond: events / seconds, cpuMicros: cpuMicros[0] / events };
  };
  for (const variant of Object.values(rig.variants)) await run(variant);
  return { ...(await alternate(rig.variants, rounds, run)), streams };
}
