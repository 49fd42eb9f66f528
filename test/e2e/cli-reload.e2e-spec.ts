import { renameSync, writeFileSync } from 'node:fs';
import { CLI_KEY, CliProcess, ConfigFolder, freePort, poll } from '../support/cli-process.js';

// Each test starts processes, on machines that may be busy.
jest.setTimeout(180_000);

describe('--reload', () => {
  let folder: ConfigFolder;
  let port: number;

  beforeEach(async () => {
    port = await freePort();
    folder = new ConfigFolder();
    configure('one');
  });

  afterEach(async () => {
    await CliProcess.endAll();
    folder.remove();
  });

  function configure(name: string): void {
    folder.write({
      server: { host: '127.0.0.1', port },
      models: { openai: [{ name, base_url: 'sandbox:/v1', api_key: 'sandbox-key' }] },
    });
  }

  async function models(): Promise<string[]> {
    const headers = { authorization: `Bearer ${CLI_KEY}` };
    const response = await fetch(`http://127.0.0.1:${port}/v1/models`, { headers }).catch(() => undefined);
    if (response?.status !== 200) return [];
    return ((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
  }
  const serves = (name: string) => async (): Promise<boolean> => (await models()).includes(name);

  it('takes up changes, survives mistakes, and ends with its child', async () => {
    const cli = new CliProcess(['--reload', '--config', folder.file], { isGroup: true });
    await poll(serves('one'), 20_000);

    configure('two');
    await poll(serves('two'), 20_000);

    writeFileSync(folder.file, 'models: [');
    await cli.until(() => cli.stderr.includes('waiting for the next one'));
    expect(cli.stderr).toContain('models.yaml:1');
    expect(await models()).toEqual(['two']);

    // As many editors save: a new file in the place of the old one.
    const { file } = folder;
    configure('three');
    renameSync(file, `${file}.new`);
    renameSync(`${file}.new`, file);
    await poll(serves('three'), 20_000);

    cli.kill('SIGINT');
    expect(await cli.ended()).toMatchObject({ code: 0, signal: null });
    expect(await models()).toEqual([]);
    expect(() => process.kill(-cli.pid, 0)).toThrow('ESRCH');
  });

  it('checks a changed file with the --host and --port that the server gets', async () => {
    const write = (name: string): unknown =>
      // A published key beside a real model: an error on 0.0.0.0, a warning on loopback.
      folder.write({
        server: { host: '0.0.0.0', port: 1 },
        auth: { api_keys: [CLI_KEY, 'sk-llm-gateway-demo'] },
        models: { openai: [{ name, base_url: 'http://127.0.0.1:9/v1', api_key: 'real-service-key' }] },
      });
    write('one');
    const own = ['--host', '127.0.0.1', '--port', String(port), '--config', folder.file];
    const cli = new CliProcess(['--reload', ...own], { isGroup: true });
    await poll(serves('one'), 20_000);
    write('two');
    await poll(serves('two'), 20_000);
    cli.kill('SIGINT');
    expect(await cli.ended()).toMatchObject({ code: 0, signal: null });
  });

  it('waits for a change when it cannot even start', async () => {
    writeFileSync(folder.file, 'models: {}');
    const cli = new CliProcess(['--reload', '--config', folder.file], { isGroup: true });
    await cli.until(() => cli.stderr.includes('waiting for a change'));
    configure('now');
    await poll(serves('now'), 20_000);
    cli.kill('SIGTERM');
    expect(await cli.ended()).toMatchObject({ code: 0 });
  });

  it('leaves no server behind when it is killed', async () => {
    const cli = new CliProcess(['--reload', '--config', folder.file], { isGroup: true });
    await poll(serves('one'), 20_000);
    process.kill(cli.pid, 'SIGKILL');
    await poll(async () => (await models()).length === 0);
  });
});
