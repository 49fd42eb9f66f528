import { setTimeout as sleep } from 'node:timers/promises';
import { residentKb } from './proc.mjs';
import { stop } from './processes.mjs';
import { median } from './stats.mjs';
import { GATEWAY_KEY, messagesTrafficFor, responsesTrafficFor, trafficFor } from './traffic.mjs';

const SAMPLE_EVERY_MS = 500;

/**
 * Memory of many open streams at one event per second, each kind in a process of its own that has done little before:
 * passed through, and translated between the formats of client and service.
 */
export async function measureMemory(rig, { memory, streamTokens }) {
  const ofGateway = (request) => measureVariant(rig, request, () => rig.startGateway(), memory);
  const { raw, gateway } = rig.variants;
  const named = (slowModel) => ({ model: slowModel, slowModel, key: GATEWAY_KEY, streamTokens });
  const toChat = named('bench-model-slow');
  return {
    streams: memory.streams,
    raw: await measureVariant(rig, raw.traffic.slowStream, () => rig.startSlowRawProxy(), memory),
    gateway: await ofGateway(gateway.traffic.slowStream),
    messagesToChat: await ofGateway(messagesTrafficFor(toChat).slowStream),
    responsesToChat: await ofGateway(responsesTrafficFor(toChat).slowStream),
    chatToMessages: await ofGateway(trafficFor(named('bench-messages-slow')).slowStream),
  };
}

async function measureVariant(rig, request, start, { streams, idleMs, settleMs }) {
  const { port, pid, child } = await start();
  // Warmed up, since what the first stream loads is not what each stream costs.
  const target = { port, request };
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
