import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI_KEY, CliProcess, ConfigFolder, poll } from '../support/cli-process.js';
import { SteadyLoad } from '../support/steady-load.js';

jest.setTimeout(180_000);

const RELOADS = 100;
const RELOADED = 'configuration reloaded';
const REFUSED = 'configuration not reloaded, the previous one stays in force';

let folder: ConfigFolder;

beforeEach(() => {
  folder = new ConfigFolder();
});
afterEach(async () => {
  await CliProcess.endAll();
  folder.remove();
});

/** Each one differs from the one before: in connections, limits, keys and further models. */
function content(turn: number): string {
  return JSON.stringify({
    server: { host: '127.0.0.1', port: 0, body_limit: 1_000_000 + turn },
    auth: { api_keys: [CLI_KEY, `another-key-of-turn-${turn}`] },
    models: {
      openai: [
        {
          name: 'm',
          base_url: 'sandbox:/v1',
          api_key: 'sandbox-key',
          timeouts: { connect_seconds: 5 + turn },
        },
        { name: `extra-${turn}`, base_url: 'sandbox:/v1', api_key: 'sandbox-key' },
      ],
    },
  });
}

const BROKEN = ['{ "models": {', '', '{"auth":{"api_keys":[]},"models":{}}'];

it('takes a hundred changes over under load, good and broken ones, without a failed call', async () => {
  const { file } = folder;
  writeFileSync(file, content(0));
  const cli = new CliProcess(['--config', file]);
  await cli.until(() => cli.stdout.includes('"listening"'), 40_000);
  const url = await cli.listening();
  const count = (message: string): number => cli.log.filter((line) => line['message'] === message).length;

  /** As different tools write files; all of them at once visible, but for the first. */
  const writeInPlace = (text: string): void => writeFileSync(file, text);
  const renameOver = (text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  const swapLinks = (text: string): void => {
    const name = `..${process.hrtime.bigint()}`;
    mkdirSync(join(folder.path, name));
    writeFileSync(join(folder.path, name, 'models.yaml'), text);
    symlinkSync(name, join(folder.path, '..data_tmp'));
    renameSync(join(folder.path, '..data_tmp'), join(folder.path, '..data'));
    // The first time it takes the place of a plain file.
    symlinkSync(join('..data', 'models.yaml'), `${file}.link`);
    renameSync(`${file}.link`, file);
  };
  const signal = (text: string): void => {
    renameOver(text);
    cli.kill('SIGHUP');
  };
  const ways = [writeInPlace, renameOver, swapLinks, signal];

  const load = new SteadyLoad({ url, key: CLI_KEY, model: 'm', workers: 6 });
  let good = 0;
  for (let turn = 1; turn <= RELOADS; turn++) {
    const change = ways[turn % ways.length]!;
    const [reloaded, refused] = [count(RELOADED), count(REFUSED)];
    if (turn % 3 === 0) {
      change(BROKEN[(turn / 3) % BROKEN.length]!);
      await poll(() => count(REFUSED) > refused);
      expect(count(RELOADED)).toBe(reloaded);
    } else {
      change(content(turn));
      await poll(() => count(RELOADED) > reloaded);
      good++;
    }
  }
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(load.succeeded).toBeGreaterThan(RELOADS);
  expect(count(RELOADED)).toBe(good);
  const health = (await (await fetch(`${url}/v1/health`)).json()) as { config: { generation: number } };
  expect(health.config.generation).toBe(good + 1);
});
