import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { CLI_KEY, CliProcess, ConfigFolder } from '../support/cli-process.js';
import { NO_PROC, describeUnless } from '../support/describe-unless.js';

const MB = 1_000_000;
const CONTENT_BYTES = 200 * MB;
const READ_BYTES_PER_SECOND = 25 * MB;
/** How long the reader does not read at all: the gateway could have taken in everything by then. */
const PAUSE_MS = 3000;
const MAX_GROWTH_MB = 100;

jest.setTimeout(180_000);

describeUnless(NO_PROC, 'a stream of 200 MB to a slow reader', () => {
  let sandbox: Sandbox;
  let folder: ConfigFolder;
  let gateway: CliProcess;

  beforeAll(async () => {
    sandbox = await Sandbox.start({ chunkDelayMs: 0 });
    folder = new ConfigFolder().write({
      models: { openai: [{ name: 'm', base_url: `${sandbox.url}/v1`, api_key: 'sandbox-key' }] },
    });
    // The real program: jest's own memory would drown what is measured.
    gateway = new CliProcess(['--config', folder.file]);
  });
  afterAll(async () => {
    await CliProcess.endAll();
    await sandbox.close();
    folder.remove();
  });

  it(`costs less than ${MAX_GROWTH_MB} MB, and all of it arrives`, async () => {
    const url = await gateway.listening();
    // The code is loaded and the pools stand when the measurement begins.
    for (let i = 0; i < 20; i++) expect((await read(await ask(url))).isDone).toBe(true);
    const before = memoryOf(gateway.pid, 'VmRSS');

    sandbox.fail({ kind: 'big', bytes: CONTENT_BYTES });
    const response = await ask(url);
    response.pause();
    await sleep(PAUSE_MS);
    expect(sandbox.openStreams).toBe(1);

    const answer = await read(response, READ_BYTES_PER_SECOND);
    expect(answer).toEqual({ contentBytes: CONTENT_BYTES, isDone: true });
    const growth = memoryOf(gateway.pid, 'VmHWM') - before;
    process.stdout.write(
      `a slow reader: ${before.toFixed()} MB before, at most ${growth.toFixed()} MB more\n`,
    );
    expect(growth).toBeLessThan(MAX_GROWTH_MB);
  });
});

function ask(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] });
    request(`${url}/v1/chat/completions`, {
      method: 'POST',
      agent: false,
      headers: { authorization: `Bearer ${CLI_KEY}`, 'content-type': 'application/json' },
    })
      .on('response', resolve)
      .on('error', reject)
      .end(body);
  });
}

/** Reads no faster than it is told, and keeps nothing. */
async function read(
  response: IncomingMessage,
  bytesPerSecond = Infinity,
): Promise<{ contentBytes: number; isDone: boolean }> {
  const startedAt = performance.now();
  let length = 0;
  let contentBytes = 0;
  let isDone = false;
  let rest = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    const events = (rest + chunk.toString('latin1')).split('\n\n');
    rest = events.pop()!;
    for (const event of events) {
      isDone = event === 'data: [DONE]';
      if (!isDone) contentBytes += contentOf(event).length;
    }
    const aheadMs = (length / bytesPerSecond) * 1000 - (performance.now() - startedAt);
    if (aheadMs > 1) await sleep(aheadMs);
  }
  expect(rest).toBe('');
  return { contentBytes, isDone };
}

function contentOf(event: string): string {
  const chunk = JSON.parse(event.slice('data: '.length)) as { choices: { delta: { content?: string } }[] };
  return chunk.choices[0]?.delta.content ?? '';
}

/** In MB: the memory that a process has now, or had at most. */
function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const [, kibibytes] = RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
  )!;
  return (Number(kibibytes) * 1024) / MB;
}
