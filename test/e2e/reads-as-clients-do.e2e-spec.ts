import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { GREETING, gbk, utf16 } from '../support/encodings.js';
import { type TestGateway, SINGLE_ATTEMPTS, startGateway } from '../support/start-gateway.js';
import { type ScriptedService, startScriptedService, whole } from '../support/start-scripted-service.js';
import { completion } from '../support/start-upstream.js';

const ROOT = resolve(import.meta.dirname, '../..');
/** Made by `.ci/prepare`. */
const PYTHON = join(ROOT, '.venv/bin/python');
const JSON_TYPE = 'content-type: application/json';
const ANSWER = JSON.stringify(completion(GREETING));

const plain = (lines: readonly string[]): Buffer => whole(lines, ANSWER);
const raw = (head: string, body: string | Buffer = ANSWER): Buffer =>
  Buffer.concat([Buffer.from(head.replaceAll('\n', '\r\n')), Buffer.from(body as string)]);

const RESPONSES: Readonly<Record<string, Buffer>> = {
  'as documented': plain([JSON_TYPE]),
  'no content type': plain([]),
  'an empty content type': plain(['content-type:']),
  'a wrong content type': plain(['content-type: text/html']),
  'two content types': plain([JSON_TYPE, 'Content-Type: application/json; charset=utf-8']),
  'two lengths': raw(`HTTP/1.1 200 OK\n${JSON_TYPE}\ncontent-length: 9\ncontent-length: 9\n\n`),
  'HTTP/1.0': raw(`HTTP/1.0 200 OK\n${JSON_TYPE}\n\n`),
  'no length': raw(`HTTP/1.1 200 OK\n${JSON_TYPE}\nconnection: close\n\n`),
  'no reason': raw(`HTTP/1.1 200\n${JSON_TYPE}\nconnection: close\n\n`),
  'early hints': raw(
    `HTTP/1.1 103 Early Hints\nlink: </x>\n\nHTTP/1.1 200 OK\n${JSON_TYPE}\nconnection: close\n\n`,
  ),
  '100 Continue': raw(`HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\n${JSON_TYPE}\nconnection: close\n\n`),
  trailers: raw(
    `HTTP/1.1 200 OK\n${JSON_TYPE}\ntrailer: x\ntransfer-encoding: chunked\nconnection: close\n\n`,
    `${Buffer.byteLength(ANSWER).toString(16)}\r\n${ANSWER}\r\n0\r\nx: y\r\n\r\n`,
  ),
  'a chunk extension': raw(
    `HTTP/1.1 200 OK\n${JSON_TYPE}\ntransfer-encoding: chunked\nconnection: close\n\n`,
    `${Buffer.byteLength(ANSWER).toString(16)};a=b\r\n${ANSWER}\r\n0\r\n\r\n`,
  ),
  created: whole([JSON_TYPE], ANSWER, '201 Created'),
  'headers beyond ASCII': plain([JSON_TYPE, `x-note: ${GREETING}`]),
  'many headers': plain([JSON_TYPE, ...Array.from({ length: 90 }, (_, index) => `x-${index}: y`)]),
  gzip: whole([JSON_TYPE, 'content-encoding: gzip'], gzipSync(ANSWER)),
  GZIP: whole([JSON_TYPE, 'content-encoding: GZIP'], gzipSync(ANSWER)),
  'x-gzip': whole([JSON_TYPE, 'content-encoding: x-gzip'], gzipSync(ANSWER)),
  'gzip and garbage': whole(
    [JSON_TYPE, 'content-encoding: gzip'],
    Buffer.concat([gzipSync(ANSWER), Buffer.alloc(9)]),
  ),
  deflate: whole([JSON_TYPE, 'content-encoding: deflate'], deflateSync(ANSWER)),
  'raw deflate': whole([JSON_TYPE, 'content-encoding: deflate'], deflateRawSync(ANSWER)),
  br: whole([JSON_TYPE, 'content-encoding: br'], brotliCompressSync(ANSWER)),
  'gzip, then br': whole([JSON_TYPE, 'content-encoding: gzip, br'], brotliCompressSync(gzipSync(ANSWER))),
  identity: plain([JSON_TYPE, 'content-encoding: identity']),
  'an unknown coding': plain([JSON_TYPE, 'content-encoding: UTF-8']),
  'an empty coding': plain([JSON_TYPE, 'content-encoding:']),
  'gzip that is none': plain([JSON_TYPE, 'content-encoding: gzip']),
  'a byte order mark': whole([JSON_TYPE], `\ufeff${ANSWER}`),
  'UTF-16': whole([JSON_TYPE], utf16(ANSWER)),
  GBK: whole([`${JSON_TYPE}; charset=gbk`], gbk(ANSWER)),
  'UTF-8 that is labelled Latin-1': plain([`${JSON_TYPE}; charset=iso-8859-1`]),
  'an unknown charset': plain([`${JSON_TYPE}; charset=martian`]),
  'white space around it': whole([JSON_TYPE], `\r\n\t ${ANSWER}\n\n`),
};

let service: ScriptedService;
let gateway: TestGateway;
const names = Object.keys(RESPONSES);
let urls: string[];

beforeAll(async () => {
  service = await startScriptedService();
  urls = names.map((name) => service.at({ pieces: [RESPONSES[name]!] }));
  const models = names.map((name, index) => ({ name, base_url: urls[index] }));
  gateway = await startGateway({ ...SINGLE_ATTEMPTS, models: { openai: models } });
});
afterAll(async () => {
  await gateway.close();
  await service.close();
});

const withFetch = (url: string): Promise<unknown> =>
  fetch(url, { method: 'POST', body: '{}' })
    .then((response) => response.json())
    .catch(() => null);

const withHttpx = (): Promise<unknown[]> =>
  new Promise((resolve, reject) => {
    const python = spawn(PYTHON, [join(ROOT, 'test/fixtures/read-with-httpx.py')]);
    let output = '';
    python.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    python.once('error', reject);
    python.once('close', () => resolve(JSON.parse(output) as unknown[]));
    python.stdin.end(JSON.stringify(urls));
  });

const withGateway = async (model: string): Promise<unknown> => {
  const response = await gateway.chat({ model, messages: [{ role: 'user', content: 'hi' }] });
  return response.status === 200 ? response.json() : null;
};

describe('every response that clients can read', () => {
  it('is read by the gateway if fetch and httpx both read it', async () => {
    if (!existsSync(PYTHON)) {
      if (process.env['CI'] !== undefined) throw new Error('no httpx: .ci/prepare makes .venv');
      console.log('SKIPPED httpx beside fetch: .venv is not there, .ci/prepare makes it');
    }
    const byHttpx = existsSync(PYTHON) ? await withHttpx() : undefined;
    const missed: string[] = [];
    let read = 0;
    for (const [index, name] of names.entries()) {
      const byFetch = await withFetch(urls[index]!);
      const byBoth = JSON.stringify(byHttpx === undefined || byHttpx[index] !== null ? byFetch : null);
      if (byBoth !== ANSWER) continue;
      read++;
      if (JSON.stringify(await withGateway(name)) !== ANSWER) missed.push(name);
    }
    expect(missed).toEqual([]);
    expect(read).toBeGreaterThan(15);
  });

  it('has its environment made by .ci/prepare', () => {
    expect(readFileSync(join(ROOT, '.ci/prepare'), 'utf8')).toContain('.venv');
  });
});
