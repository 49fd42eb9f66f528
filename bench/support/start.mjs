import { stop } from './processes.mjs';

/** From `node dist/main.js` to the first successful chat. */
export async function measureStart(rig, { start: { times } }) {
  const startMs = [];
  for (let time = 0; time < times; time += 1) {
    const gateway = await rig.startGateway();
    startMs.push(gateway.startMs);
    await stop(gateway.child);
  }
  return { startMs };
}
