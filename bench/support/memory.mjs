import { setTimeout as sleep } from 'node:timers/promises';
import { residentKb } from './proc.mjs';
import { stop } from './processes.mjs';
import { median } from './stats.mjs';

const SAMPLE_EVERY_MS = 500;

/**
 * Memory of many open streams at one event per second, each variant in a process of its own that has done
 * little before.
 */
export async function measureMemory(rig, { memory }) {
  return {
    streams: memory.streams,
    raw: await measureVariant(rig, rig.variants.raw, () => rig.startSlowRawProxy(), memory),
    gateway: await measureVariant(rig, rig.variants.gateway, () => rig.startGateway(), memory),
  };
}

async function measureVariant(rig, variant, start, { streams, idleMs, settleMs }) {
  const { port, pid, child } = await start();
  // Warmed up, since what the first stream loads is not what each stream costs.
  const target = { port, request: variant.traffic.slowStream };
  await rig.load.run('hold', { ...target, streams: 20 });
  await rig.load.run('release');
  await sleep(idleMs);
  const beforeKb = residentKb(pid);
  const { p50Ms } = await rig.load.run('hold', { ...target, streams });
  const samples = [];
  for (let waited = 0; waited < settleMs; waited += SAMPLE_EVERY_MS) {
    await sleep(SAMPLE_EVERY_MS);
    samples.push(residentKb(pid));
  }
  await rig.load.run('release');
  await stop(child);
  const duringKb = median(samples);
  return {
    beforeKb,
    duringKb,
    peakKb: Math.max(...samples),
    perStreamKb: (duringKb - beforeKb) / streams,
    peakPerStreamKb: (Math.max(...samples) - beforeKb) / streams,
    firstTokenP50Ms: p50Ms,
  };
}
