import assert from 'node:assert/strict';
import { compare, variant } from './compare.mjs';
import { GATEWAY_KEY, messagesTrafficFor } from './traffic.mjs';
import { send } from './verify.mjs';

/**
 * The cost of a mapping: the same chats with an OpenAI-format model and with a mapped one, in one gateway
 * process, whose CPU time is measured. The fixed service is behind both.
 */
export async function measureMapping(rig, sizes) {
  const variants = {
    unmapped: variant(rig, 'bench-plain', sizes),
    mapped: variant(rig, 'bench-mapped', sizes),
  };
  await verifyMapped(variants.mapped);
  return compare(rig, variants, sizes);
}

/** The cost of a translation: chats with one model, in its service's format and in that of Anthropic's Messages. */
export async function measureTranslation(rig, sizes) {
  const passed = variant(rig, 'bench-plain', sizes);
  const { streamTokens } = sizes;
  const traffic = messagesTrafficFor({ model: 'bench-plain', key: GATEWAY_KEY, streamTokens });
  const variants = { passed, translated: { ...passed, name: 'translated', traffic } };
  await verifyTranslated(variants.translated);
  return compare(rig, variants, sizes);
}

/** Checks that a translation is measured. */
async function verifyTranslated(each) {
  const { answer } = await send(each, each.traffic.plain);
  const { type, content, usage } = JSON.parse(answer);
  assert.equal(type, 'message');
  assert.match(content[0].text, /^No real model answers here/);
  assert.deepEqual([usage.input_tokens, usage.output_tokens], [200, 150]);
  const stream = await send(each, each.traffic.shortStream);
  assert.match(stream.answer, /"type":"text_delta","text":"word "/);
  assert.ok(stream.answer.trimEnd().endsWith('"type":"message_stop"}'), 'the translated stream');
}

/** Checks that the mapping is used: the service refuses requests that are not in its format. */
async function verifyMapped(each) {
  const { answer } = await send(each, each.traffic.plain);
  const { id, choices, usage } = JSON.parse(answer);
  assert.equal(id, 'house-fixed');
  assert.match(choices[0].message.content, /^No real model answers here/);
  assert.deepEqual(usage, { total_tokens: 350, prompt_tokens: 200, completion_tokens: 150 });
  const stream = await send(each, each.traffic.shortStream);
  assert.match(stream.answer, /"delta":\{"role":"assistant","content":"word "\}/);
  assert.ok(stream.answer.endsWith('data: [DONE]\n\n'), 'the stream of the mapped model');
}
