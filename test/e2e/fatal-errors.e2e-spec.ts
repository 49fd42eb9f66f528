import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CLI_KEY, CliProcess, ConfigFolder, MAIN } from '../support/cli-process.js';

// Each test starts a process, on machines that may be busy.
jest.setTimeout(180_000);

let folder: ConfigFolder;

beforeEach(() => {
  folder = new ConfigFolder().write({
    models: { openai: [{ name: 'm', base_url: 'sandbox:/v1', api_key: 'sandbox-key' }] },
  });
});
afterEach(async () => {
  await CliProcess.endAll();
  folder.remove();
});

/** A gateway with a fault planted into it, which SIGUSR2 sets off. */
async function start(fault: string): Promise<CliProcess> {
  const script = join(folder.path, 'fault.mjs');
  writeFileSync(script, `process.on('SIGUSR2', () => { ${fault} });`);
  const cli = new CliProcess(['--config', folder.file], {
    command: [process.execPath, '--import', pathToFileURL(script).href, MAIN],
  });
  await cli.until(() => cli.stdout.includes('"listening"'), 40_000);
  return cli;
}

const ask = (url: string): Promise<Response> =>
  fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${CLI_KEY}` } });

describe('an error that is not caught', () => {
  it.each([
    ['uncaught exception', `setImmediate(() => { throw new TypeError('planted-words'); })`],
    ['unhandled rejection', `Promise.reject(new TypeError('planted-words'))`],
  ])('ends the process with one line: %s', async (message, fault) => {
    const cli = await start(fault);
    cli.kill('SIGUSR2');
    expect(await cli.ended()).toMatchObject({ code: 1, signal: null });
    const lines = cli.log.filter(({ level }) => level === 'error');
    expect(lines).toEqual([expect.objectContaining({ message, error_name: 'TypeError' })]);
    expect(String(lines[0]!['stack'])).toContain('fault.mjs');
    expect(cli.stdout + cli.stderr).not.toContain('planted-words');
  });

  it('ends it even when the log is not read, and the pipe is full', async () => {
    const cli = await start(`setImmediate(() => { throw new Error('planted-words'); })`);
    const url = await cli.listening();
    cli.child.stdout!.pause();
    // More lines than any pipe holds.
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 30 }, () => ask(url).then((response) => response.text())));
    }
    cli.kill('SIGUSR2');
    const [code] = await new Promise<[number | null]>((resolve) =>
      cli.child.once('exit', (...how: [number | null, NodeJS.Signals | null]) => resolve([how[0]])),
    );
    expect(code).toBe(1);
  });
});
