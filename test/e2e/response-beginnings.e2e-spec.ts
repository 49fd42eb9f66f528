import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { GREETING, gbk, utf16 } from '../support/encodings.js';
import { readSse } from '../support/read-sse.js';
import { type TestGateway, SINGLE_ATTEMPTS, startGateway } from '../support/start-gateway.js';
import {
  type Script,
  type ScriptedService,
  chunked,
  startScriptedService,
  whole,
} from '../support/start-scripted-service.js';
import { chunkEvent, completion } from '../support/start-upstream.js';

const HI = [{ role: 'user', content: 'hi' }];
const JSON_TYPE = 'content-type: application/json';
const SSE_TYPE = 'content-type: text/event-stream';
const MARK = '\ufeff';
const ANSWER = JSON.stringify(completion(GREETING));
const STREAM = `${chunkEvent(GREETING)}${chunkEvent('', 'stop')}data: [DONE]\n\n`;

let service: ScriptedService;
let gateway: TestGateway;
const models: Record<string, unknown>[] = [];

const once = (bytes: Buffer): Script => ({ pieces: [bytes] });
/** Every byte of the body in a chunk and a packet of its own. */
const byteByByte = (lines: readonly string[], body: Buffer): Script => ({
  pieces: chunked(
    lines,
    [...body].map((byte) => Buffer.from([byte])),
  ),
});

const GOOD: Readonly<Record<string, [whole: Script, stream: Script]>> = (() => {
  const table: Record<string, [Script, Script]> = {};
  const both = (
    name: string,
    lines: string[],
    encode: (text: string) => Buffer,
    types = [JSON_TYPE, SSE_TYPE],
  ) => {
    table[name] = [
      once(whole([...lines, types[0]!].filter(Boolean), encode(ANSWER))),
      { pieces: chunked([...lines, types[1]!].filter(Boolean), [encode(STREAM)]) },
    ];
  };
  const plain = (text: string) => Buffer.from(text);
  both('as documented', [], plain);
  both('Content-Type twice', [], plain, [
    'Content-Type: application/json; charset=utf-8\r\ncontent-type: application/json',
    'Content-Type: text/event-stream\r\nCONTENT-TYPE: text/event-stream;charset=utf-8',
  ]);
  both('Content-Type twice, the first for the proxy', [], plain, [
    'content-type: text/plain\r\ncontent-type: application/json',
    'content-type: text/plain\r\ncontent-type: text/event-stream',
  ]);
  both('Content-Type twice in one line', [], plain, [
    'content-type: application/json, application/json',
    'content-type: text/event-stream, text/event-stream',
  ]);
  both(
    'every other header twice',
    [
      'retry-after: 5',
      'retry-after: 5',
      'x-ratelimit-limit: 1',
      'x-ratelimit-limit: 1',
      'date: x',
      'date: x',
      'openai-version: a',
      'openai-version: b',
    ],
    plain,
  );
  both('headers beyond ASCII', [`openai-organization: ${GREETING}`, `x-ratelimit-note: é`], plain);
  for (const word of ['UTF-8', 'none', 'binary', 'identity', '', 'chunked', 'aws-chunked', 'utf8, identity'])
    both(`content-encoding: ${word}`, [`content-encoding: ${word}`], plain);
  both('gzip', ['content-encoding: gzip'], (text) => gzipSync(text));
  both('x-gzip in capitals', ['Content-Encoding: X-GZIP'], (text) => gzipSync(text));
  both('deflate', ['content-encoding: deflate'], (text) => deflateSync(text));
  both('deflate without its frame', ['content-encoding: deflate'], (text) => deflateRawSync(text));
  both('br', ['content-encoding: br'], (text) => brotliCompressSync(text));
  both('gzip, then br', ['content-encoding: gzip, br'], (text) => brotliCompressSync(gzipSync(text)));
  both('gzip, then br, in two lines', ['content-encoding: gzip', 'content-encoding: br'], (text) =>
    brotliCompressSync(gzipSync(text)),
  );
  both('gzip in members', ['content-encoding: gzip'], (text) =>
    Buffer.concat([gzipSync(text.slice(0, 20)), gzipSync(text.slice(20))]),
  );
  for (const coding of ['gzip', 'deflate', 'br', 'zstd'])
    both(`${coding} that is none`, [`content-encoding: ${coding}`], plain);
  both('gzip said twice and done once', ['content-encoding: gzip', 'content-encoding: gzip'], (text) =>
    gzipSync(text),
  );
  both('a byte order mark', [], (text) => Buffer.from(MARK + text));
  both('UTF-16', [], (text) => utf16(text));
  both('UTF-16, big end first', [], (text) => utf16(text, true));
  both('GBK', [], gbk, [`${JSON_TYPE};charset=GBK`, `${SSE_TYPE}; charset="gb2312"`]);
  both('GB18030 in gzip', ['content-encoding: gzip'], (text) => gzipSync(gbk(text)), [
    `${JSON_TYPE}; charset=gb18030`,
    `${SSE_TYPE}; Charset=GB18030`,
  ]);
  both('UTF-8 that is labelled Latin-1', [], plain, [
    `${JSON_TYPE}; charset=ISO-8859-1`,
    `${SSE_TYPE}; charset=ISO-8859-1`,
  ]);
  both('a charset that nobody knows', [], plain, [`${JSON_TYPE}; charset=martian`, `${SSE_TYPE}; charset=`]);
  table['hints before the response'] = [
    once(
      Buffer.concat([
        Buffer.from('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n'),
        whole([JSON_TYPE], ANSWER),
      ]),
    ),
    { pieces: ['HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n', ...chunked([SSE_TYPE], [STREAM])] },
  ];
  table['HTTP/1.0, no length'] = [
    once(Buffer.from(`HTTP/1.0 200 OK\r\n${JSON_TYPE}\r\n\r\n${ANSWER}`)),
    once(Buffer.from(`HTTP/1.0 200 OK\r\n${SSE_TYPE}\r\n\r\n${STREAM}`)),
  ];
  table['a mark, GBK and gzip byte by byte'] = [
    byteByByte([`${JSON_TYPE}; charset=gbk`, 'content-encoding: gzip'], gzipSync(gbk(ANSWER))),
    byteByByte([`${SSE_TYPE}; charset=gbk`], gbk(STREAM)),
  ];
  table['a mark byte by byte'] = [
    byteByByte([JSON_TYPE], Buffer.from(MARK + ANSWER)),
    byteByByte([SSE_TYPE], Buffer.from(MARK + STREAM)),
  ];
  return table;
})();

const BAD: Readonly<Record<string, Script>> = {
  'half a gzip': once(whole([JSON_TYPE, 'content-encoding: gzip'], gzipSync(ANSWER).subarray(0, 60))),
  'an empty gzip': once(whole([JSON_TYPE, 'content-encoding: gzip'], '')),
  zstd: once(whole([JSON_TYPE, 'content-encoding: zstd'], Buffer.from('28b52ffd0000', 'hex'))),
  'content-length twice, different': once(
    Buffer.from(`HTTP/1.1 200 OK\r\n${JSON_TYPE}\r\ncontent-length: 2\r\ncontent-length: 5\r\n\r\n{}   `),
  ),
  'less than its content-length': once(
    Buffer.from(`HTTP/1.1 200 OK\r\n${JSON_TYPE}\r\ncontent-length: 5000\r\n\r\n${ANSWER}`),
  ),
};

beforeAll(async () => {
  service = await startScriptedService();
  for (const [name, scripts] of Object.entries(GOOD))
    for (const [index, script] of scripts.entries())
      models.push({ name: `${name} ${index}`, base_url: service.at(script) });
  for (const [name, script] of Object.entries(BAD)) models.push({ name, base_url: service.at(script) });
  gateway = await startGateway({ ...SINGLE_ATTEMPTS, models: { openai: models } });
});
afterAll(async () => {
  await gateway.close();
  await service.close();
});

describe('a response that begins with', () => {
  it.each(Object.keys(GOOD))('%s is read whole', async (name) => {
    const response = await gateway.chat({ model: `${name} 0`, messages: HI });
    expect({ status: response.status, body: await response.text() }).toEqual({ status: 200, body: ANSWER });
    expect(response.headers.get('content-type')).toMatch(/^application\/json(; ?charset=utf-8)?$/i);
    expect(response.headers.has('content-encoding')).toBe(false);
  });

  it.each(Object.keys(GOOD))('%s is read as a stream', async (name) => {
    const response = await gateway.chat({ model: `${name} 1`, messages: HI, stream: true });
    const { text, content, isDone } = await readSse(response);
    expect({ text, content, isDone }).toEqual({ text: STREAM, content: GREETING, isDone: true });
  });

  it.each(Object.keys(GOOD))('%s is gathered', async (name) => {
    const response = await gateway.chat({ model: `${name} 1`, messages: HI });
    expect(await response.json()).toMatchObject({ choices: [{ message: { content: GREETING } }] });
  });

  it.each(Object.keys(BAD))('%s is a failed call that reports it', async (name) => {
    const response = await gateway.chat({ model: name, messages: HI });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      error: { code: expect.stringMatching(/upstream_(invalid_response|unreachable)/) as string },
    });
  });
});
