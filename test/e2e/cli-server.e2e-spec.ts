import { once } from 'node:events';
import { type IncomingMessage, createServer, request as httpRequest } from 'node:http';
import { type AddressInfo } from 'node:net';
import { Sandbox } from '../../src/sandbox/sandbox.js';
import { CLI_KEY, CliProcess, ConfigFolder, MAIN, poll, runCli } from '../support/cli-process.js';

/** Throws from outside every handler when told to. */
const BOMB = (statement: string): string => `data:text/javascript,process.on("SIGUSR2",()=>{${statement}})`;

describe('--mode server', () => {
  let folder: ConfigFolder;
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.start({ chunkDelayMs: 20 });
    folder = new ConfigFolder().write({
      models: { openai: [{ name: 'm', base_url: `${sandbox.url}/v1`, api_key: 'sandbox-key' }] },
    });
  });

  afterEach(async () => {
    await CliProcess.endAll();
    await sandbox.close();
    folder.remove();
  });

  const serve = (...args: string[]): CliProcess => new CliProcess(['--config', folder.file, ...args]);
  const chat = (url: string, stream = false): Promise<Response> =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${CLI_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hello' }], stream }),
    });

  it('logs its address, serves, and exits with 0', async () => {
    const cli = serve('--host', 'localhost');
    const url = await cli.listening();
    expect((await chat(url)).status).toBe(200);
    cli.kill('SIGINT');
    expect(await cli.ended()).toMatchObject({ code: 0, stderr: '' });
    expect(cli.log.map(({ message }) => message)).toEqual([
      'listening',
      'request',
      'shutting down',
      'stopped',
    ]);
  });

  it('logs the limits that follow the heap, with its address', async () => {
    const cli = new CliProcess(['--config', folder.file, '--port', '0'], {
      env: { NODE_OPTIONS: '--max-old-space-size=256 --max-semi-space-size=16' },
    });
    await cli.listening();
    const line = cli.log.find(({ message }) => message === 'listening')!;
    const { heap_mb: heap } = line as { heap_mb: number };
    expect(heap).toBeGreaterThanOrEqual(256);
    expect(heap).toBeLessThan(400);
    expect(line).toMatchObject({
      bodies_limit_mb: expect.closeTo(heap / 4, -1),
      json_values_limit: expect.closeTo(heap * 1024, -4),
    });
  });

  it('logs the prices from the table, the unknown ones, and the keys that cannot use these models', async () => {
    const base_url = `${sandbox.url}/v1`;
    folder.write({
      auth: { api_keys: [{ name: 'bot', key: CLI_KEY, limits: { budget: { usd: 1, per: 'day' } } }] },
      models: {
        openai: [
          { name: 'm', base_url },
          { name: 'known', base_url, model_name: 'gpt-4o' },
          { name: 'gift', base_url, price: 'free' },
        ],
      },
    });
    const cli = serve('--port', '0');
    await cli.listening();
    expect(cli.log.find(({ message }) => message === 'listening')).toMatchObject({
      prices_from_table: 1,
      price_table_date: '2026-09-23',
      unpriced_models: ['m'],
    });
    const warnings = cli.log.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(warnings).toEqual([
      expect.stringContaining('the key "bot" cannot use "m": not all of their prices'),
    ]);
    const check = await runCli(['check', folder.file]);
    expect([check.code, check.stderr]).toEqual([0, expect.stringContaining('the key "bot" cannot use "m"')]);
  });

  it.each([
    ['the port', { PORT: '0' }, '127.0.0.1'],
    [
      'nothing',
      { PORT: '0', LLM_GATEWAY_PORT: 'tcp://10.0.0.1:80', LLM_GATEWAY_HOST: '10.0.0.1' },
      '127.0.0.1',
    ],
  ])('takes %s from the environment %j', async (_what, env, host) => {
    folder.write({
      server: { host: '127.0.0.1', port: 1 },
      models: { openai: [{ name: 'm', base_url: 'sandbox:/v1' }] },
    });
    const cli = new CliProcess(['--config', folder.file], { env });
    const url = new URL(await cli.listening());
    expect(url.hostname).toBe(host);
    expect(url.port).not.toBe('1');
  });

  it('reports in one line that the port is taken: exit code 1', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const { code, stdout, stderr } = await runCli(['--config', folder.file, '--port', String(port)]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(
        new RegExp(`^llm-gateway: port ${port} on 127\\.0\\.0\\.1 is in use[^\\n]*\\n$`),
      );
    } finally {
      other.close();
    }
  });

  it('cannot listen on an address of another machine', async () => {
    const { code, stderr } = await runCli(['--config', folder.file, '--host', '192.0.2.1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^llm-gateway: this machine has no address 192\.0\.2\.1[^\n]*\n$/);
  });

  it.each([
    ['an exception', 'throw new Error("what" + "ever")', 'uncaught exception'],
    ['a rejection', 'Promise.reject(new Error("what" + "ever"))', 'unhandled rejection'],
  ])('exits with 1 and one log line after %s that was not caught', async (_what, statement, message) => {
    const command = [process.execPath, '--import', BOMB(statement), MAIN] as const;
    const cli = new CliProcess(['--config', folder.file], { command: [...command] });
    await cli.listening();
    cli.kill('SIGUSR2');
    expect(await cli.ended()).toMatchObject({ code: 1, stderr: '' });
    expect(cli.log.at(-1)).toMatchObject({ level: 'error', message, error_name: 'Error' });
    expect(cli.log).toHaveLength(2);
    expect(cli.stdout).not.toContain('whatever');
  });

  it('continues to serve if its log is no longer read', async () => {
    const cli = serve();
    const url = await cli.listening();
    cli.child.stdout!.destroy();
    for (let i = 0; i < 10; i++) expect((await chat(url)).status).toBe(200);
    // The log is written with some delay.
    await poll(async () => {
      expect((await chat(url)).status).toBe(200);
      return sandbox.chatCount > 60;
    });
    expect(cli.child.exitCode).toBeNull();
    cli.kill('SIGTERM');
    expect(await cli.ended()).toMatchObject({ code: 0, stderr: '' });
  });

  it('ends at once on a second signal after a second', async () => {
    const cli = serve();
    const url = await cli.listening();
    sandbox.fail({ kind: 'stall', after: 2 });
    const response = await chat(url, true);
    const text = response.text().catch(() => 'cut');
    await sandbox.waitFor(({ openStreams }) => openStreams === 1);
    cli.kill('SIGTERM');
    await cli.until(() => cli.stdout.includes('shutting down'));
    // The same signal, sent twice by npm or the terminal.
    cli.kill('SIGTERM');
    const since = performance.now();
    await poll(() => performance.now() - since > 1050);
    expect(cli.result).toBeUndefined();
    cli.kill('SIGTERM');
    expect(await cli.ended(10_000)).toMatchObject({ code: 0 });
    expect(cli.log.at(-1)).toMatchObject({ message: 'second signal, exiting at once' });
    await text;
  });

  it('ends a stream that outlasts the grace period with an error event', async () => {
    folder.write({
      server: { host: '127.0.0.1', port: 0, shutdown_grace_seconds: 0.3 },
      models: { openai: [{ name: 'm', base_url: `${sandbox.url}/v1`, api_key: 'sandbox-key' }] },
    });
    const cli = serve();
    const url = await cli.listening();
    sandbox.fail({ kind: 'stall', after: 2 });
    sandbox.fail('hang');
    const stream = (await chat(url, true)).text();
    const plain = chat(url);
    await sandbox.waitFor(({ openCalls }) => openCalls === 2);
    cli.kill('SIGTERM');
    expect(await cli.ended()).toMatchObject({ code: 0, stderr: '' });
    const text = await stream;
    expect(text).toMatch(/data: \{"error":\{[^\n]*"code":"shutting_down"\}\}\n\n$/);
    expect((await plain).status).toBe(503);
    expect(await (await plain).json()).toMatchObject({ error: { code: 'shutting_down' } });
  });

  it('lets a slow reader receive the rest of a response that was complete before the signal', async () => {
    const cli = serve();
    const url = await cli.listening();
    sandbox.fail({ kind: 'big', bytes: 8 * 1024 * 1024 });
    const request = httpRequest(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${CLI_KEY}`, 'content-type': 'application/json' },
    });
    request.end(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hello' }] }));
    // Nothing is read before somebody listens for `data`.
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    cli.kill('SIGTERM');
    await cli.until(() => cli.stdout.includes('shutting down'));
    const since = performance.now();
    await poll(() => performance.now() - since > 300);
    let length = 0;
    for await (const chunk of response) length += (chunk as Buffer).length;
    expect(length).toBe(Number(response.headers['content-length']));
    expect(await cli.ended()).toMatchObject({ code: 0 });
  });
});
