import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliProcess, type CliResult, ROOT } from '../support/cli-process.js';

const BUILDING = 'llm-gateway: building ...\n';
const BUILDING_ANEW = 'llm-gateway: the sources have changed, building ...\n';
const WHAT_A_BUILD_NEEDS = ['bin', 'package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];

/** With a program of one line in place of the gateway, since the compiler takes its time. */
describe('bin/llm-gateway.mjs in a checkout', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gateway-checkout-'));
    for (const name of WHAT_A_BUILD_NEEDS) cpSync(join(ROOT, name), path(name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), path('node_modules'));
    mkdirSync(path('src'));
  });

  afterEach(async () => {
    await CliProcess.endAll();
    rmSync(folder, { recursive: true, force: true });
  });

  const path = (name: string): string => join(folder, name);
  const start = (): Promise<CliResult> =>
    new CliProcess(['x'], {
      command: [process.execPath, path('bin/llm-gateway.mjs')],
      cwd: folder,
      input: '',
    }).ended(60_000);
  const program = (prints: string): void =>
    writeFileSync(
      path('src/main.ts'),
      `process.stdout.write(\`${prints} \${process.argv.slice(2)} \${process.pid}\`);`,
    );

  it('builds what is missing or old, once, and runs no broken build', async () => {
    program('first');
    const both = await Promise.all([start(), start()]);
    for (const { code, stdout } of both)
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^first x \d+$/)]);
    expect(both.map(({ stderr }) => stderr).sort()).toEqual(['', BUILDING]);
    expect(await start()).toMatchObject({ code: 0, stderr: '' });

    program('second');
    expect(await start()).toMatchObject({
      stdout: expect.stringContaining('second') as string,
      stderr: BUILDING_ANEW,
    });

    writeFileSync(path('src/broken.ts'), "export const broken: number = 'text';");
    const broken = await start();
    expect(broken).toMatchObject({ code: 1, stdout: '' });
    expect(broken.stderr).toContain('src/broken.ts');
    expect(existsSync(path('dist/main.js'))).toBe(false);
  }, 120_000);

  it('needs neither sources nor a compiler if there is a build', async () => {
    rmSync(path('src'), { recursive: true });
    const missing = await start();
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    expect(missing.stderr).toMatch(/^llm-gateway: .*dist\/main\.js is missing\. Run .*'npm run build'.*\n$/);

    mkdirSync(path('dist'));
    writeFileSync(path('dist/main.js'), "process.stdout.write('built');");
    utimesSync(path('dist/main.js'), 0, 0);
    expect(await start()).toMatchObject({ code: 0, stdout: 'built', stderr: '' });

    mkdirSync(path('src'));
    program('newer');
    rmSync(path('node_modules'));
    expect(await start()).toMatchObject({ code: 0, stdout: 'built', stderr: '' });
  });
});
