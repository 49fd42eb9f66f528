import { once } from 'node:events';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { drained } from './attacker.mjs';

const LARGE_BYTES = 20_000_000;
const ONE_BYTE_CHUNKS = 3_500_000;
const UNPACKED_BYTES = 300_000_000;
const OBJECTS = `[${'{},'.repeat(300_000)}{}]`;
const PIECE = 'x'.repeat(60_000);

const completion = (content) =>
  JSON.stringify({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
const EVENT = `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content: 'x'.repeat(60_000) }, finish_reason: null }] })}\n\n`;

/** The services behind the gateway, each hostile in the way that its path names. */
export class HostileService {
  #server;

  static async start() {
    const service = new HostileService();
    service.#server = createServer((req, res) => {
      req.resume().on('end', () => answer(req.url, res));
      res.on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    service.url = `http://127.0.0.1:${service.#server.address().port}`;
    return service;
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function answer(url, res) {
  const [, kind] = url.split('/');
  const json = (text) => res.writeHead(200, { 'content-type': 'application/json' }).end(text);
  switch (kind) {
    case 'silent':
      return;
    case 'failing':
      return res.writeHead(500).end();
    case 'bytes':
      return byByte(res);
    case 'large':
      return json(completion('x'.repeat(LARGE_BYTES)));
    case 'endless':
      return endless(res);
    case 'objects':
      return json(completion('hi').replace('{', `{"x":[${`${OBJECTS},`.repeat(16)}0],`));
    case 'gathered':
      return objectStream(res);
    case 'bomb':
      bomb ??= gzipSync(Buffer.alloc(UNPACKED_BYTES, ' '));
      return res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb);
    case 'event':
      return goOn(res.writeHead(200, { 'content-type': 'text/event-stream' }), 'data: "');
    case 'error':
      return goOn(res.writeHead(500, { 'content-type': 'application/json' }), '{"error":{"message":"');
    case 'words':
      return json('{"text":"yes"}');
    case 'job':
      return json('{"id":"1","state":"running"}');
    default:
      return json(completion('hi'));
  }
}

/** Sends a response with every byte in a chunk of its own. */
async function byByte(res) {
  const { socket } = res;
  socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n');
  const batch = '1\r\nx\r\n'.repeat(10_000);
  socket.write(Array.from('{"x":"', (byte) => `1\r\n${byte}\r\n`).join(''));
  for (let sent = 0; sent < ONE_BYTE_CHUNKS && !socket.destroyed; sent += 10_000) {
    if (!socket.write(batch)) await drained(socket);
  }
  socket.destroy();
}

let bomb;

/** Sends an event that is large, but within the limit, again and again. */
async function objectStream(res) {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let sent = 0; sent < 60 && !res.destroyed; sent++) {
    const event = `data: {"choices":[{"index":0,"delta":{"x${sent}":${OBJECTS}}}]}\n\n`;
    if (!res.write(event)) await drained(res);
  }
  res.end('data: [DONE]\n\n');
}

/** Begins, and never ends. */
async function goOn(res, beginning) {
  res.write(beginning);
  while (!res.destroyed) if (!res.write(PIECE)) await drained(res);
}

async function endless(res) {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  while (!res.destroyed) if (!res.write(EVENT)) await drained(res);
}
