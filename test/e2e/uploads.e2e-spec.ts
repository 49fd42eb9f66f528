import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, type Server, createServer, request } from 'node:http';
import { type AddressInfo } from 'node:net';
import { NO_PROC, describeUnless } from '../support/describe-unless.js';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.js';
import {
  TEST_KEY,
  type TestGateway,
  SINGLE_ATTEMPTS,
  startGateway,
  until,
} from '../support/start-gateway.js';

jest.setTimeout(180_000);

const MEGABYTE = 1024 * 1024;
const PIECE = Buffer.alloc(65_536, 'x');

interface Received {
  readonly hash: string;
  readonly length: number;
  readonly headers: IncomingMessage['headers'];
}

/** A service that keeps nothing of what it gets, and may take its time. */
let service: Server;
let received: Received[] = [];
let waitMs = 0;
/** It takes its time once, and not for each piece. */
let waitsOnce = false;
/** Uploads that ended before their end. */
let broken = 0;

beforeAll(async () => {
  service = createServer((req, res) => {
    const hash = createHash('sha256');
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      length += chunk.length;
      if (waitMs === 0) return;
      req.pause();
      setTimeout(() => req.resume(), waitMs);
      if (waitsOnce) waitMs = 0;
    });
    req.on('end', () => {
      received.push({ hash: hash.digest('hex'), length, headers: req.headers });
      res.writeHead(200, { 'content-type': 'application/json' }).end('{"text":"hello"}');
    });
    req.on('close', () => void (req.complete || broken++));
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  received = [];
  broken = 0;
  waitMs = 0;
  waitsOnce = false;
});
afterAll(() => {
  service.close();
  service.closeAllConnections();
});

function config(server: Record<string, unknown> = {}): Parameters<typeof startGateway>[0] {
  const base_url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/v1`;
  return {
    ...SINGLE_ATTEMPTS,
    server,
    models: { openai: [{ name: 'm', base_url, model_name: 'whisper-1' }] },
  };
}

const model = (name: string): string =>
  `--b\r\nContent-Disposition: form-data; name="model"\r\n\r\n${name}\r\n`;
const FILE = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n';
const END = '\r\n--b--\r\n';

function open(url: string, headers: Record<string, string | number> = {}): ClientRequest {
  const upload = request(`${url}/v1/audio/transcriptions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${TEST_KEY}`,
      'content-type': 'multipart/form-data; boundary=b',
      ...headers,
    },
  });
  upload.on('error', () => undefined);
  return upload;
}

function roomIn(upload: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      upload.off('drain', settle).off('close', settle).off('response', settle);
      resolve();
    };
    upload.on('drain', settle).on('close', settle).on('response', settle);
  });
}

async function write(upload: ClientRequest, bytes: number): Promise<void> {
  for (let sent = 0; sent < bytes; sent += PIECE.length) {
    if (!upload.write(PIECE)) await roomIn(upload);
  }
}

async function responseOf(upload: ClientRequest): Promise<{ status: number; text: string }> {
  const [response] = (await once(upload, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode!, text };
}

function residentMb(pid: number, field = 'VmRSS'): number {
  const [, kilobytes] = new RegExp(`${field}:\\s+(\\d+) kB`).exec(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
  )!;
  return Number(kilobytes) / 1024;
}

describe('an upload', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway(config({ body_limit: '1mb', upload_limit: '20mb', body_idle_seconds: 0.2 }));
  });
  afterAll(() => gateway?.close());

  it('that announces no length goes up in chunks; its length is sent if the form has already arrived', async () => {
    const whole = open(gateway.url);
    whole.write(FILE);
    await write(whole, MEGABYTE / 2);
    whole.end(`\r\n${model('m')}--b--\r\n`);
    expect((await responseOf(whole)).text).toBe('{"text":"hello"}');
    expect(received[0]!.headers['content-length']).toBe(String(received[0]!.length));
    const chunked = open(gateway.url);
    chunked.write(model('m') + FILE);
    await write(chunked, 2 * MEGABYTE);
    chunked.end(END);
    expect((await responseOf(chunked)).status).toBe(200);
    expect(received[1]!.headers['transfer-encoding']).toBe('chunked');
    const expected = createHash('sha256').update(model('whisper-1') + FILE);
    for (let sent = 0; sent < 2 * MEGABYTE; sent += PIECE.length) expected.update(PIECE);
    expect(received[1]!.hash).toBe(expected.update(END).digest('hex'));
  });

  it('whose model comes too late is refused with advice on what to do', async () => {
    const upload = open(gateway.url);
    const response = responseOf(upload);
    upload.write(FILE);
    await write(upload, 1.5 * MEGABYTE);
    upload.end(`\r\n${model('m')}--b--\r\n`);
    const { status, text } = await response;
    expect(status).toBe(413);
    expect(text).toContain("Put 'model' first");
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'request_too_large', param: 'model' } });
    expect(received).toEqual([]);
  });

  it('beyond upload_limit is refused, announced or not', async () => {
    const announced = open(gateway.url, { 'content-length': 21 * MEGABYTE });
    announced.flushHeaders();
    expect((await responseOf(announced)).status).toBe(413);
    announced.destroy();
    const chunked = open(gateway.url);
    const response = responseOf(chunked);
    chunked.write(model('m') + FILE);
    await write(chunked, 21 * MEGABYTE);
    const { status, text } = await response;
    expect(status).toBe(413);
    expect(text).toContain(`${20 * MEGABYTE} bytes`);
    chunked.destroy();
    await until(() => broken === 1, 'the end of the upload at the service');
    expect(received).toEqual([]);
  });

  it('that stalls is abandoned; one that waits for the service is not', async () => {
    const idle = open(gateway.url);
    idle.write(model('m') + FILE);
    expect((await responseOf(idle)).status).toBe(408);
    waitMs = 600;
    waitsOnce = true;
    const slow = open(gateway.url);
    slow.write(model('m') + FILE);
    await write(slow, 10 * MEGABYTE);
    slow.end(END);
    expect((await responseOf(slow)).status).toBe(200);
  });

  it('whose client leaves ends at the service, too', async () => {
    const upload = open(gateway.url);
    upload.write(model('m') + FILE);
    await write(upload, MEGABYTE);
    upload.destroy();
    await until(() => broken === 1, 'the end of the upload at the service');
    await until(() => gateway.log().some((line) => line['error'] === 'client_closed_request'));
  });

  it('without a key is refused before it is read', async () => {
    const upload = open(gateway.url, { authorization: 'Bearer wrong', expect: '100-continue' });
    let isContinued = false;
    upload.on('continue', () => void (isContinued = true));
    upload.flushHeaders();
    expect((await responseOf(upload)).status).toBe(401);
    expect(isContinued).toBe(false);
    upload.destroy();
  });
});

describeUnless(NO_PROC, 'an upload of 200 MB', () => {
  let gateway: GatewayProcess;
  beforeEach(async () => {
    gateway = await startGatewayProcess(config());
  });
  afterEach(() => gateway?.stop());

  async function send(bytes: number): Promise<void> {
    const upload = open(gateway.url, {
      'content-length': model('m').length + FILE.length + bytes + END.length,
    });
    const response = responseOf(upload);
    upload.write(model('m') + FILE);
    await write(upload, bytes);
    upload.end(END);
    expect((await response).text).toBe('{"text":"hello"}');
  }

  /** The most memory that the process has while it lasts, beyond what it had before, in MB. */
  async function takenBySending(bytes: number): Promise<number> {
    received = [];
    writeFileSync(`/proc/${gateway.pid}/clear_refs`, '5');
    const before = residentMb(gateway.pid);
    await send(bytes);
    expect(received[0]!.length).toBe(model('whisper-1').length + FILE.length + bytes + END.length);
    const taken = residentMb(gateway.pid, 'VmHWM') - before;
    process.stdout.write(`an upload of ${bytes / MEGABYTE} MB took ${taken.toFixed(1)} MB\n`);
    return taken;
  }

  it.each([0, 1])(
    'takes at most 32 MB of memory, with a service that takes %d ms for each piece',
    async (ms) => {
      for (let each = 0; each < 3; each++) await send(30 * MEGABYTE);
      waitMs = ms;
      expect(await takenBySending(200 * MEGABYTE)).toBeLessThan(32);
    },
  );

  // V8 compiles the parser of responses after a few of them, whatever was asked, which takes memory for a moment.
  it.each([0, 3])('takes at most 32 MB of memory in a process that had %d calls before', async (calls) => {
    for (let each = 0; each < calls; each++) await send(MEGABYTE);
    for (let each = 0; each < 3; each++) expect(await takenBySending(200 * MEGABYTE)).toBeLessThan(32);
  });
});
