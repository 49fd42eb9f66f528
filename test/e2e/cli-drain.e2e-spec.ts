import { Sandbox } from '../../src/sandbox/sandbox.js';
import { CLI_KEY, CliProcess, ConfigFolder, poll } from '../support/cli-process.js';
import { readSse } from '../support/read-sse.js';

// Each test starts processes, on machines that may be busy.
jest.setTimeout(180_000);

const STREAMS = 5;
const PLAIN = 3;

describe.each([
  ['a bare process', undefined],
  ['npm start', ['npm', 'start', '--'] as [string, ...string[]]],
])('drain under %s', (_what, command) => {
  let slow: Sandbox;
  let folder: ConfigFolder;

  beforeEach(async () => {
    slow = await Sandbox.start({ latencyMs: 2500, chunkDelayMs: 40 });
    folder = new ConfigFolder().write({
      models: { openai: [{ name: 'slow', base_url: `${slow.url}/v1`, api_key: 'sandbox-key' }] },
    });
  });

  afterEach(async () => {
    await CliProcess.endAll();
    await slow.close();
    folder.remove();
  });

  it('finishes what runs, refuses what is new, and ends with 0', async () => {
    const cli = new CliProcess(['--config', folder.file], { command, isGroup: true });
    const url = await cli.listening();
    const get = (path: string): Promise<Response> =>
      fetch(url + path, { headers: { authorization: `Bearer ${CLI_KEY}` } });
    const chat = (stream: boolean): Promise<Response> =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${CLI_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'slow', messages: [{ role: 'user', content: 'hello' }], stream }),
      });
    expect((await get('/v1/health/ready')).status).toBe(200);

    const streams = Array.from({ length: STREAMS }, async () => readSse(await chat(true)));
    const plain = Array.from({ length: PLAIN }, () => chat(false));
    await slow.waitFor(({ openCalls }) => openCalls === STREAMS + PLAIN);
    // A terminal signals the whole group, and npm hands its own signal on.
    cli.kill('SIGTERM');
    cli.kill('SIGTERM');

    await poll(async () => (await get('/v1/health/ready')).status === 503);
    const refused = await chat(false);
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('connection')]).toEqual([
      503,
      '1',
      'close',
    ]);
    expect(await refused.json()).toMatchObject({ error: { type: 'server_error', code: 'shutting_down' } });
    expect((await get('/v1/health')).status).toBe(200);

    for (const stream of await Promise.all(streams)) {
      expect(stream).toMatchObject({ isDone: true, error: undefined });
      expect(stream.content).toContain('every step on the way works.');
    }
    for (const response of await Promise.all(plain)) {
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ object: 'chat.completion' });
    }
    expect(await cli.ended()).toMatchObject({ code: 0, signal: null });
    expect(cli.log.at(-1)).toMatchObject({ message: 'stopped' });
    expect(slow.chatCount).toBe(STREAMS + PLAIN);
    await expect(get('/v1/health')).rejects.toThrow();
  });
});
