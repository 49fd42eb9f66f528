import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI_KEY, CliProcess, ConfigFolder, freePort } from '../support/cli-process.js';

// Each test starts a process, on machines that may be busy.
jest.setTimeout(180_000);

let folder: ConfigFolder;

beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(async () => {
  await CliProcess.endAll();
  folder.remove();
});

type Content = Readonly<Record<string, unknown>>;

const sandboxed = (...names: string[]): Content => ({
  models: { openai: names.map((name) => ({ name, base_url: 'sandbox:/v1', api_key: 'sandbox-key' })) },
});
const elsewhere: Content = { models: { openai: [{ name: 'far', base_url: 'http://127.0.0.1:1' }] } };

/** Starts the server and waits until its watch has looked once. */
async function start(args: string[] = [], env: Record<string, string> = {}): Promise<[CliProcess, string]> {
  const cli = new CliProcess(['--config', folder.file, ...args], { env });
  const url = await cli.listening();
  return [cli, url];
}

const told = (cli: CliProcess, word: string) =>
  cli.log.filter(({ message }) => String(message).startsWith(`configuration ${word}`));

async function models(url: string, key = CLI_KEY): Promise<string[]> {
  const response = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  if (response.status !== 200) return [`HTTP ${response.status}`];
  return ((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
}

describe('a running server', () => {
  it('takes up what is written into its file, or put in its place', async () => {
    folder.write(sandboxed('one'));
    const [cli, url] = await start();
    folder.write(sandboxed('two'));
    await cli.until(() => told(cli, 'reloaded').length === 1);
    expect(await models(url)).toEqual(['two']);

    writeFileSync(folder.file, '{ "models": {');
    await cli.until(() => told(cli, 'not reloaded').length === 1);
    expect(String(told(cli, 'not reloaded')[0]!['problems'])).toContain('models.yaml:1');
    expect(await models(url)).toEqual(['two']);

    const { file } = folder;
    folder.write(sandboxed('three'));
    renameSync(file, `${file}.new`);
    renameSync(`${file}.new`, file);
    await cli.until(() => told(cli, 'reloaded').length === 2);
    expect(await models(url)).toEqual(['three']);
    expect(told(cli, 'reloaded')[1]).toMatchObject({
      trigger: 'file',
      generation: 3,
      changes: ['models: -"two"', 'models: +"three"'],
    });
  });

  it('takes up a ConfigMap that Kubernetes has swapped', async () => {
    const mount = (name: string, content: Content): void => {
      mkdirSync(join(folder.path, name));
      folder.write(content);
      renameSync(folder.file, join(folder.path, name, 'models.yaml'));
      symlinkSync(name, join(folder.path, '..data_tmp'));
      renameSync(join(folder.path, '..data_tmp'), join(folder.path, '..data'));
    };
    mount('..1', sandboxed('one'));
    symlinkSync(join('..data', 'models.yaml'), join(folder.path, 'config.yaml'));
    const cli = new CliProcess(['--config', join(folder.path, 'config.yaml')]);
    const url = await cli.listening();
    mount('..2', sandboxed('two'));
    rmSync(join(folder.path, '..1'), { recursive: true });
    await cli.until(() => told(cli, 'reloaded').length === 1);
    expect(await models(url)).toEqual(['two']);
  });

  it('takes up a secret in a file of its own, one that it waited for too', async () => {
    const secret = join(folder.path, 'key');
    writeFileSync(secret, 'client-key-number-1\n');
    folder.write({ auth: { api_keys: ['${file:key}'] }, ...sandboxed('one') });
    const [cli, url] = await start();
    writeFileSync(secret, 'client-key-number-2\n');
    await cli.until(() => told(cli, 'reloaded').length === 1);
    expect(await models(url, 'client-key-number-1')).toEqual(['HTTP 401']);
    expect(await models(url, 'client-key-number-2')).toEqual(['one']);

    folder.write({ auth: { api_keys: ['${file:key}', '${file:late}'] }, ...sandboxed('one') });
    await cli.until(() => told(cli, 'not reloaded').length === 1);
    writeFileSync(join(folder.path, 'late'), 'client-key-number-3');
    await cli.until(() => told(cli, 'reloaded').length === 2);
    expect(await models(url, 'client-key-number-3')).toEqual(['one']);
    expect(told(cli, 'not reloaded')).toHaveLength(1);
    expect(cli.stdout).not.toContain('client-key-number');
  });

  it('reads its file again on SIGHUP, even if it does not watch the file', async () => {
    const unwatched = (content: Content): Content => ({
      server: { host: '127.0.0.1', port: 0, watch_config: false },
      ...content,
    });
    folder.write(unwatched(sandboxed('one')));
    const [cli, url] = await start();
    cli.kill('SIGHUP');
    await cli.until(() => told(cli, 'unchanged').length === 1);
    folder.write(unwatched(sandboxed('two')));
    cli.kill('SIGHUP');
    await cli.until(() => told(cli, 'reloaded').length === 1);
    expect(told(cli, 'reloaded')[0]).toMatchObject({ trigger: 'SIGHUP', generation: 2 });
    expect(await models(url)).toEqual(['two']);
    cli.kill('SIGTERM');
    expect(await cli.ended()).toMatchObject({ code: 0 });
  });

  it('starts the sandbox when the first model on it comes', async () => {
    folder.write(elsewhere);
    const [cli, url] = await start();
    folder.write(sandboxed('one'));
    await cli.until(() => told(cli, 'reloaded').length === 1);
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${CLI_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'one', messages: [{ role: 'user', content: 'hi' }] }),
    });
    expect(response.status).toBe(200);
    cli.kill('SIGTERM');
    expect(await cli.ended()).toMatchObject({ code: 0 });
  });

  it('keeps to its command line, and names the keys that wait for the next start', async () => {
    const port = await freePort();
    folder.write({ server: { host: '127.0.0.1', port: 1 }, ...sandboxed('one') });
    const [cli, url] = await start(['--port', String(port)]);
    folder.write({ server: { host: '127.0.0.2', port: 2, docs: false }, ...sandboxed('one') });
    await cli.until(() => told(cli, 'reloaded').length === 1);
    expect(told(cli, 'reloaded')[0]).toMatchObject({
      changes: [],
      at_next_start: ['server.host', 'server.docs'],
    });
    expect(await models(url)).toEqual(['one']);
  });

  it('does not report a changed comment', async () => {
    folder.write({ logging: { level: 'debug' }, ...sandboxed('one') });
    const [cli, url] = await start();
    await cli.until(() => told(cli, 'unchanged').length === 1);
    const text = JSON.stringify({
      server: { host: '127.0.0.1', port: 0 },
      auth: { api_keys: [CLI_KEY] },
      logging: { level: 'debug' },
      ...sandboxed('one'),
    });
    writeFileSync(folder.file, `# a comment\n${text}\n`);
    await cli.until(() => told(cli, 'unchanged').length === 2);
    expect(told(cli, 'unchanged').every(({ level }) => level === 'debug')).toBe(true);
    const health = (await (await fetch(`${url}/v1/health`)).json()) as { config: { generation: number } };
    expect(health.config.generation).toBe(1);
  });
});
