/**
 * The yardstick: the least that a proxy in Node does with `node:http` and `undici.request`. Bodies are piped both
 * ways, nothing is parsed, checked, counted or logged.
 *
 * FROZEN: every ratio that was ever published counts from this file. Do not make it faster or slower; a better
 * yardstick gets a file of its own.
 *
 *     node bench/raw-proxy.mjs UPSTREAM_ORIGIN PORT
 */
import { createServer } from 'node:http';
import { Pool } from 'undici';

const [upstream, port] = process.argv.slice(2);

/** What concerns one connection only, and must not travel on. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'expect',
  'host',
  'te',
]);

// No limits in time: a stream that is held open stays open.
const pool = new Pool(upstream, { headersTimeout: 0, bodyTimeout: 0 });

createServer((req, res) => {
  pool
    .request({ path: req.url, method: req.method, headers: endToEnd(req.headers), body: req })
    .then(({ statusCode, headers, body }) => {
      res.writeHead(statusCode, endToEnd(headers));
      body.pipe(res);
      body.on('error', () => res.destroy());
      res.on('close', () => body.destroy());
    })
    .catch(() => {
      if (!res.headersSent) res.writeHead(502);
      res.end();
    });
}).listen(Number(port), '127.0.0.1');

/**
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @returns {Record<string, string | string[]>}
 */
function endToEnd(headers) {
  const kept = {};
  for (const name in headers) if (!HOP_BY_HOP.has(name)) kept[name] = headers[name];
  return kept;
}
