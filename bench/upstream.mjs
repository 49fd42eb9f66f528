/**
 * The model service behind every variant. Two kinds, in a process of their own:
 *
 * - `sandbox`: the product's own sandbox, which reads the request and writes a fitting answer
 * - `fixed`: reads the request's bytes and answers with the same bytes each time, whatever was asked
 *
 * Both answer about 1 KB of JSON, or a stream of events of about 240 bytes each. A third service, always `fixed`, says
 * the same in a dialect of its own under `/house/`: what mapped models are measured with.
 *
 *     node bench/upstream.mjs sandbox|fixed DIST     (started by run.mjs: it talks over IPC)
 */
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CHUNK_DELAY_MS, SLOW_CHUNK_DELAY_MS, UPSTREAM_KEY } from './support/traffic.mjs';

const CONTENT = 'No real model answers here, but every step on the way works. '.repeat(12);

const [kind, dist] = process.argv.slice(2);
process.on('disconnect', () => process.exit(0));

const start = kind === 'sandbox' ? startSandbox : startFixed;
const services = [
  await start(CHUNK_DELAY_MS),
  await start(SLOW_CHUNK_DELAY_MS),
  await startFixed(CHUNK_DELAY_MS),
];
process.on('message', (message) => {
  if (message === 'last-request') process.send?.({ lastRequest: services[0].lastRequest() });
});
process.send?.({ ports: services.map((service) => service.port) });

/**
 * @param {number} chunkDelayMs
 * @returns {Promise<{ port: number, lastRequest: () => string }>}
 */
async function startSandbox(chunkDelayMs) {
  const { Sandbox } = await import(pathToFileURL(resolve(dist, 'sandbox/sandbox.js')).href);
  const sandbox = await Sandbox.start({ chunkDelayMs, keys: [UPSTREAM_KEY], record: 1 });
  return {
    port: Number(new URL(sandbox.url).port),
    lastRequest: () => sandbox.requests.at(-1)?.body.toString() ?? '',
  };
}

/**
 * @param {number} chunkDelayMs
 * @returns {Promise<{ port: number, lastRequest: () => string }>}
 */
async function startFixed(chunkDelayMs) {
  const dialects = [openAiDialect(), houseDialect()];
  let lastBody = Buffer.alloc(0);
  const server = createServer({ keepAliveTimeout: 120_000 }, (req, res) => {
    const { answer, event, lastEvents, wanted } = dialects[req.url.startsWith('/house/') ? 1 : 0];
    const parts = [];
    req.on('data', (bytes) => parts.push(bytes));
    req.on('end', () => {
      lastBody = parts.length === 1 ? parts[0] : Buffer.concat(parts);
      if (!lastBody.includes(wanted)) return void res.writeHead(400).end();
      if (!lastBody.includes('"stream":true')) {
        return void res
          .writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length })
          .end(answer);
      }
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      let left = Number(/"(?:max_tokens|limit)":(\d+)/.exec(lastBody.toString('latin1'))?.[1] ?? 100);
      res.write(event);
      const timer = setInterval(() => {
        if (--left > 0) return res.write(event);
        clearInterval(timer);
        return res.end(lastEvents);
      }, chunkDelayMs);
      res.on('close', () => clearInterval(timer));
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { port: server.address().port, lastRequest: () => lastBody.toString() };
}

/**
 * @typedef {object} Dialect
 * @property {Buffer} answer
 * @property {string} event one of a stream, with text
 * @property {string} lastEvents
 * @property {string} wanted what each request holds
 */

/** @returns {Dialect} */
function openAiDialect() {
  return {
    answer: fixedAnswer(),
    event: fixedEvent('{"content":"word "}', 'null'),
    lastEvents: `${fixedEvent('{}', '"stop"')}data: [DONE]\n\n`,
    wanted: '"messages":[',
  };
}

/** An in-house service: an envelope, field names of its own, and events that name their type. @returns {Dialect} */
function houseDialect() {
  const usage = { in: 200, out: 150 };
  const event = (kind, data) =>
    `data: ${JSON.stringify({
      code: 0,
      msg: 'ok',
      request: 'req-7f6e5d4c3b2a19080706050403020100',
      conversation: 'conv-7f6e5d4c3b2a19080706050403020100',
      event: kind,
      data,
    })}\n\n`;
  const answer = {
    code: 0,
    msg: 'ok',
    data: { id: 'house-fixed', answer: CONTENT, finish: 'stop', usage },
    trace: { host: 'house-1', took_ms: 12 },
  };
  return {
    answer: Buffer.from(JSON.stringify(answer)),
    event: event('delta', { text: 'word ', role: 'assistant', index: 0 }),
    lastEvents: event('end', { finish: 'stop', usage }),
    wanted: '"history":[',
  };
}

/** @returns {Buffer} */
function fixedAnswer() {
  return Buffer.from(
    JSON.stringify({
      id: 'chatcmpl-fixed',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'upstream-model',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: CONTENT, refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 200, completion_tokens: 150, total_tokens: 350 },
      system_fingerprint: 'fp_fixed',
    }),
  );
}

/**
 * @param {string} delta
 * @param {string} finishReason
 */
function fixedEvent(delta, finishReason) {
  return (
    'data: {"id":"chatcmpl-fixed-stream","object":"chat.completion.chunk","created":1700000000,' +
    '"model":"upstream-model","system_fingerprint":"fp_fixed","choices":' +
    `[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finishReason}}]}\n\n`
  );
}
