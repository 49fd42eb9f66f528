import { alternate } from './rounds.mjs';
import { CHUNK_DELAY_MS, GATEWAY_KEY, trafficFor } from './traffic.mjs';

/** Chats with one model of the gateway. */
export function variant(rig, model, { streamTokens }) {
  const { port, pid } = rig.variants.gateway;
  const traffic = trafficFor({ model, slowModel: model, key: GATEWAY_KEY, streamTokens });
  return { name: model, port, pid, traffic };
}

/**
 * CPU time of one process per JSON request and per streamed event, by kind of traffic, in alternating turns. What a
 * kind has none of is not measured.
 */
export async function compare(rig, variants, { rounds, plain, streams: { streams } }) {
  const { connections, warmMs, warmRequests, turns, leadMs, windowMs } = plain;
  const ask = async ({ port, pid, traffic }, lead, window) => {
    const job = { port, request: traffic.plain, connections, ...lead, windowMs: window, pids: [pid] };
    const { cpuMicros, completed } = await rig.load.run('plain', job);
    return { cpuMicros: cpuMicros[0] / completed };
  };
  const stream = async ({ port, pid, traffic }) => {
    const job = { port, request: traffic.stream, streams, spreadMs: CHUNK_DELAY_MS, pids: [pid] };
    const { cpuMicros, events } = await rig.load.run('streams', job);
    return { cpuMicros: cpuMicros[0] / events };
  };
  const having = (kind) =>
    Object.fromEntries(Object.entries(variants).filter(([, { traffic }]) => traffic[kind] !== undefined));
  const asked = having('plain');
  const streamed = having('stream');
  for (const each of Object.values(asked))
    await ask(each, { leadMs: warmMs, leadRequests: warmRequests }, 100);
  for (const each of Object.values(streamed)) await stream(each);
  return {
    requests: await alternate(asked, rounds * turns, (each) => ask(each, { leadMs }, windowMs)),
    chunks: await alternate(streamed, rounds, stream),
  };
}
