import { alternate } from './rounds.mjs';

/** A few streams at a time: how long until the first token. */
export async function measureFirstTokens(rig, { rounds, firstTokens: { streams, windowMs } }) {
  const run = (variant) =>
    rig.load.run('firstTokens', {
      port: variant.port,
      request: variant.traffic.shortStream,
      streams,
      windowMs,
    });
  for (const variant of Object.values(rig.variants)) await run(variant);
  return { ...(await alternate(rig.variants, rounds, run)), streams };
}
