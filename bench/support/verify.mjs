import assert from 'node:assert/strict';
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { until } from './processes.mjs';
import { plainBody } from './traffic.mjs';

/**
 * Checks, once, that each variant does what it is measured for.
 * @param {import('./rig.mjs').Rig} rig
 * @returns the sizes of requests and responses
 */
export async function verify(rig) {
  const sizes = {};
  for (const variant of Object.values(rig.variants)) {
    const { answer, bytes } = await send(variant, variant.traffic.plain);
    const received = await rig.lastUpstreamRequest();
    const completion = JSON.parse(answer);
    assert.equal(completion.object, 'chat.completion', variant.name);
    assert.ok(completion.usage.prompt_tokens > 0, variant.name);
    if (variant.name === 'gateway') {
      const expected = JSON.parse(plainBody('upstream-model'));
      assert.deepEqual(JSON.parse(received), { ...expected, max_tokens: 4096 }, 'what the gateway sent up');
    } else assert.equal(received, plainBody('bench-model'), `what ${variant.name} sent up`);
    const stream = await send(variant, variant.traffic.shortStream);
    assert.ok(stream.answer.endsWith('data: [DONE]\n\n'), `the stream of ${variant.name}`);
    sizes.requestBodyBytes = plainBody('bench-model').length;
    sizes.answerBodyBytes = bytes;
    sizes.eventBytes = Math.round(stream.bytes / stream.answer.split('\n\n').length);
  }
  await expectLogLines(rig);
  return sizes;
}

/** One line per request, with what the gateway had to find out for it. */
async function expectLogLines(rig) {
  const requests = await until('the access log', async () => {
    // With options that make Node print, it prints to the same file.
    const lines = readFileSync(rig.gatewayLogPath, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const found = lines.map((line) => JSON.parse(line)).filter((line) => line.message === 'request');
    return found.length >= 3 ? found : undefined;
  });
  // The readiness check, the plain call, the stream.
  assert.equal(requests.length, 3, 'lines in the access log');
  for (const line of requests.slice(1)) {
    assert.equal(line.status, 200);
    assert.equal(line.client, 'bench');
    assert.equal(line.model, 'bench-model');
  }
  assert.ok(requests[1].prompt_tokens > 0, 'usage in the access log');
  assert.ok(requests[2].first_token_ms > 0, 'first-token time in the access log');
}

/** @param {import('./rig.mjs').Variant} variant */
export async function send(variant, request) {
  const [head, body] = request.split('\r\n\r\n', 2);
  const [first, ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(': ')));
  delete headers.host;
  delete headers['content-length'];
  const answer = await fetch(`http://127.0.0.1:${variant.port}${first.split(' ')[1]}`, {
    method: 'POST',
    headers,
    body,
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${variant.name}: ${text.slice(0, 300)}`);
  return { answer: text, bytes: Buffer.byteLength(text) };
}

/**
 * Checks that the gateway wrote a line for each request of a whole measurement.
 * @param {import('./rig.mjs').Rig} rig
 * @param {number} expected lines for successful plain chats since the gateway started
 */
export async function expectLogLineCount(rig, expected) {
  let count = 0;
  const isWhole = async () => {
    count = 0;
    for await (const line of createInterface(createReadStream(rig.gatewayLogPath))) {
      if (line.includes('"stream":false') && line.includes('"status":200')) count += 1;
    }
    return count >= expected ? true : undefined;
  };
  await until('a log line for each request', isWhole, { everyMs: 200 }).catch(() => undefined);
  assert.equal(count, expected, 'lines in the access log');
}
