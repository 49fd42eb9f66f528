import assert from 'node:assert/strict';
import { compare, variant } from './compare.mjs';
import { alternate } from './rounds.mjs';
import {
  GATEWAY_KEY as key,
  embeddingsTrafficFor,
  messagesTrafficFor,
  responsesTrafficFor,
  uncountedTrafficFor,
} from './traffic.mjs';
import { send } from './verify.mjs';

/**
 * Requests in each format to a service that speaks the same format, beside plain chats, in one gateway process. The
 * fixed service is behind all of them.
 */
export async function measureFormats(rig, sizes) {
  const { streamTokens } = sizes;
  const chat = variant(rig, 'bench-plain', sizes);
  const messages = messagesTrafficFor({ model: 'bench-messages', key, streamTokens });
  const responses = responsesTrafficFor({ model: 'bench-responses', key, streamTokens });
  const embeddings = embeddingsTrafficFor({ model: 'bench-embeddings', key });
  const variants = {
    chat,
    messages: { ...chat, name: 'messages', traffic: messages },
    responses: { ...chat, name: 'responses', traffic: responses },
    embeddings: { ...chat, name: 'embeddings', traffic: embeddings },
  };
  await verifyPassed(variants);
  return compare(rig, variants, sizes);
}

/** Streams of one turn, begun a millisecond apart. */
const SHORT_STREAMS = 400;

/** Short streams whose usage the gateway asks for, beside those whose usage nobody asks for: CPU time per stream. */
export async function measureStreamUsage(rig, sizes) {
  const plain = variant(rig, 'bench-plain', sizes);
  const of = (model) => ({ ...plain, traffic: uncountedTrafficFor({ model, key }) });
  const variants = { uncounted: of('bench-plain'), counted: of('bench-counted') };
  const said = async (each) => (await send(each, each.traffic.shortStream)).answer;
  assert.equal(
    await said(variants.counted),
    await said(variants.uncounted),
    'the client gets the same with and without',
  );
  const run = async ({ port, pid, traffic }) => {
    const counts = { streams: SHORT_STREAMS, spreadMs: SHORT_STREAMS };
    const { cpuMicros } = await rig.load.run('streams', {
      port,
      request: traffic.shortStream,
      ...counts,
      pids: [pid],
    });
    return { cpuMicros: cpuMicros[0] / SHORT_STREAMS };
  };
  for (const each of Object.values(variants)) await run(each);
  return alternate(variants, sizes.rounds * sizes.plain.turns * 2, run);
}

/** Checks that each format passes through: what the service says reaches the client. */
async function verifyPassed({ messages, responses, embeddings }) {
  const inJson = async (each) => JSON.parse((await send(each, each.traffic.plain)).answer);
  assert.equal((await inJson(messages)).id, 'msg_fixed');
  assert.equal((await inJson(responses)).id, 'resp_fixed');
  assert.equal((await inJson(embeddings)).data[0].embedding.length, 80);
  for (const each of [messages, responses]) {
    const { answer } = await send(each, each.traffic.shortStream);
    assert.match(answer, /"msg_fixed"/, `the stream of ${each.name}`);
  }
}
