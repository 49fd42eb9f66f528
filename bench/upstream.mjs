/**
 * The model service behind every variant. Two kinds, in a process of their own:
 *
 * - `sandbox`: the product's own sandbox, which reads the request and writes a fitting answer
 * - `fixed`: reads the request's bytes and answers with the same bytes each time, whatever was asked
 *
 * Both answer about 1 KB of JSON, or a stream of events of about 240 bytes each. A third service, always `fixed`, says
 * the same in several formats, by path, one of them of its own: what mapped models and formats are measured with.
 *
 *     node bench/upstream.mjs sandbox|fixed DIST     (started by run.mjs: it talks over IPC)
 */
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fixedReply } from './support/fixed-replies.mjs';
import { CHUNK_DELAY_MS, SLOW_CHUNK_DELAY_MS, UPSTREAM_KEY } from './support/traffic.mjs';

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
  let lastBody = Buffer.alloc(0);
  const server = createServer({ keepAliveTimeout: 120_000 }, (req, res) => {
    const { answer, firstEvents, event, end, countedEnd = end, wanted } = fixedReply(req.url);
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
      const [, limit = 100] =
        /"(?:max_tokens|max_output_tokens|limit)":(\d+)/.exec(lastBody.toString('latin1')) ?? [];
      let left = Number(limit);
      res.write(`${firstEvents}${event}`);
      const asksForUsage = lastBody.includes('"include_usage":true');
      const timer = setInterval(() => {
        if (--left > 0) return res.write(event);
        clearInterval(timer);
        return res.end(asksForUsage ? countedEnd : end);
      }, chunkDelayMs);
      res.on('close', () => clearInterval(timer));
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { port: server.address().port, lastRequest: () => lastBody.toString() };
}
