import assert from 'node:assert/strict';
import { alternate } from './rounds.mjs';
import { CHUNK_DELAY_MS, GATEWAY_KEY, trafficFor } from './traffic.mjs';
import { send } from './verify.mjs';

/**
 * The cost of a mapping: the same chats with an OpenAI-format model and with a mapped one, in one gateway
 * process, whose CPU time is measured. The fixed service is behind both.
 */
export async function measureMapping(rig, { rounds, plain, streams: { streams }, streamTokens }) {
  const { port, pid } = rig.variants.gateway;
  const of = (name, model) => {
    const traffic = trafficFor({ model, slowModel: model, key: GATEWAY_KEY, streamTokens });
    return { name, port, pid, traffic };
  };
  const variants = { unmapped: of('unmapped', 'bench-plain'), mapped: of('mapped', 'bench-mapped') };
  await verifyMapped(variants.mapped);
  const { connections, warmMs, warmRequests, turns, leadMs, windowMs } = plain;
  const ask = async ({ traffic }, lead, window) => {
    const job = { port, request: traffic.plain, connections, ...lead, windowMs: window, pids: [pid] };
    const { cpuMicros, completed } = await rig.load.run('plain', job);
    return { cpuMicros: cpuMicros[0] / completed };
  };
  const stream = async ({ traffic }) => {
    const job = { port, request: traffic.stream, streams, spreadMs: CHUNK_DELAY_MS, pids: [pid] };
    const { cpuMicros, events } = await rig.load.run('streams', job);
    return { cpuMicros: cpuMicros[0] / events };
  };
  for (const variant of Object.values(variants)) {
    await ask(variant, { leadMs: warmMs, leadRequests: warmRequests }, 100);
    await stream(variant);
  }
  return {
    requests: await alternate(variants, rounds * turns, (variant) => ask(variant, { leadMs }, windowMs)),
    chunks: await alternate(variants, rounds, stream),
  };
}

/** Checks that the mapping is used: the service refuses requests that are not in its format. */
async function verifyMapped(variant) {
  const { answer } = await send(variant, variant.traffic.plain);
  const { id, choices, usage } = JSON.parse(answer);
  assert.equal(id, 'house-fixed');
  assert.match(choices[0].message.content, /^No real model answers here/);
  assert.deepEqual(usage, { total_tokens: 350, prompt_tokens: 200, completion_tokens: 150 });
  const stream = await send(variant, variant.traffic.shortStream);
  assert.match(stream.answer, /"delta":\{"role":"assistant","content":"word "\}/);
  assert.ok(stream.answer.endsWith('data: [DONE]\n\n'), 'the stream of the mapped model');
}
