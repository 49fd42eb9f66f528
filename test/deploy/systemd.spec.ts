import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServerConfig } from '../../src/config/server.config.js';
import { CLI_KEY, CliProcess, ConfigFolder, ROOT, poll } from '../support/cli-process.js';
import { describeWithTool } from '../support/needs-tool.js';
import { parseUnit } from '../support/unit-file.js';

const PATH = join(ROOT, 'deploy', 'systemd', 'llm-gateway.service');
const unit = parseUnit(readFileSync(PATH, 'utf8'));
const setting = (name: string): string => {
  const found = unit['Service']!.filter(([key]) => key === name);
  expect([name, found.length]).toEqual([name, 1]);
  return found[0]![1];
};
// One assignment, in quotes if it contains a space.
const environment = unit['Service']!.filter(([key]) => key === 'Environment').map(([, value]) =>
  value.replace(/^"(.*)"$/, '$1'),
);

describe('the systemd unit', () => {
  afterEach(() => CliProcess.endAll());

  it('gives a drain its time before it kills', () => {
    const { shutdown_delay_seconds: delay, shutdown_grace_seconds: grace } = new ServerConfig();
    expect(Number(setting('TimeoutStopSec'))).toBeGreaterThanOrEqual(delay + grace + 5);
    expect(setting('KillMode')).toBe('mixed');
  });

  it('gives half of its memory to the heap', () => {
    const megabytes = Number(/^(\d+)M$/.exec(setting('MemoryMax'))![1]);
    expect(environment).toEqual([
      'NODE_ENV=production',
      `NODE_OPTIONS=--max-old-space-size=${megabytes / 2} --max-semi-space-size=16`,
    ]);
  });

  it('names files that a checkout in /opt/llm-gateway has', () => {
    const named = readFileSync(PATH, 'utf8').matchAll(/\/opt\/llm-gateway\/([\w./-]+)/g);
    const files = [...named].map(([, own]) => own!);
    expect(files).toContain('dist/main.js');
    for (const own of files) {
      expect([own, spawnSync('test', ['-e', join(ROOT, own)]).status]).toEqual([own, 0]);
    }
  });

  it('starts, reloads and stops by its own commands', async () => {
    const folder = new ConfigFolder();
    const write = (...names: string[]): unknown =>
      folder.write({
        models: {
          openai: names.map((name) => ({ name, base_url: 'http://x.test', api_key: '${UNIT_KEY}' })),
        },
      });
    write('first');
    const file = join(folder.path, 'environment');
    writeFileSync(file, 'UNIT_KEY=value-of-unit-key\n');
    mkdirSync(join(folder.path, 'logs'));
    const [node, main, ...words] = setting('ExecStart').split(' ');
    expect(node).toBe('/usr/bin/node');
    const own = [main!, ...words].map((word) =>
      word.replace('/opt/llm-gateway', ROOT).replace('/etc/llm-gateway/models.yaml', folder.file),
    );
    const env = Object.fromEntries(
      [...environment, ...readFileSync(file, 'utf8').trim().split('\n')].map((line) => [
        line.slice(0, line.indexOf('=')),
        line.slice(line.indexOf('=') + 1),
      ]),
    );
    const cli = new CliProcess(own, {
      command: [process.execPath],
      cwd: folder.path,
      env,
    });
    try {
      const url = await cli.listening();
      const names = async (): Promise<string[]> => {
        const answer = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${CLI_KEY}` } });
        return ((await answer.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
      };
      expect(await names()).toEqual(['first']);
      write('first', 'second');
      const [kill, ...rest] = setting('ExecReload').split(' ');
      execFileSync(
        kill!,
        rest.map((word) => word.replace('$MAINPID', String(cli.pid))),
      );
      await poll(async () => (await names()).length === 2);
      cli.kill('SIGTERM');
      expect(await cli.ended()).toMatchObject({ code: 0, signal: null });
    } finally {
      folder.remove();
    }
  }, 60_000);

  describeWithTool('systemd-analyze', ['--version'], 'systemd itself', () => {
    const analyze = (...words: string[]): { status: number | null; stderr: string } =>
      spawnSync('systemd-analyze', [...words, PATH], { encoding: 'utf8' });

    it('finds nothing wrong with it', () => {
      // It also checks that the programs exist: node may not be where Debian and NodeSource put it.
      const { status, stderr } = analyze('verify', '--man=no');
      const complaints = stderr
        .split('\n')
        .filter((line) => line !== '' && !/\/usr\/bin\/node is not executable/.test(line));
      expect(complaints).toEqual([]);
      if (stderr === '') expect(status).toBe(0);
    });

    it('calls its exposure low: at most 2.0 of 10', () => {
      expect(analyze('security', '--offline=true', '--threshold=20', '--no-pager').status).toBe(0);
    });
  });
});
