import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeUnless } from '../support/describe-unless.js';
import { ROOT } from '../support/documents.js';

const BIN = join(ROOT, 'bin', 'llm-gateway.mjs');
const NOBODY = 65_534;
/** Root may write everywhere. */
const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
const canRead = spawnSync(process.execPath, [BIN, '--version'], user).status === 0;
const unreadable = canRead ? undefined : 'another user cannot run the checkout';

describeUnless(
  unreadable,
  'the default configuration in a folder that cannot be written',
  () => {
    let folder: string;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'read-only-'));
      copyFileSync(join(ROOT, 'config', 'models.yaml'), join(folder, 'models.yaml'));
    });
    afterEach(() => {
      chmodSync(folder, 0o755);
      rmSync(folder, { recursive: true });
    });

    it.each([
      ['no folder for data', () => undefined, /EACCES: permission denied, mkdir '.*data'/],
      ['a folder for data', (data: string) => mkdirSync(data, { mode: 0o555 }), /EACCES.*data'/],
      [
        'a file of usage',
        (data: string) => {
          mkdirSync(data);
          writeFileSync(join(data, 'usage.db'), '', { mode: 0o444 });
          chmodSync(data, 0o555);
        },
        /EACCES.*data/,
      ],
    ])('serves, and logs why usage is kept in memory: %s', async (_name, prepare, reason) => {
      prepare(join(folder, 'data'));
      chmodSync(folder, 0o555);
      const child = spawn(process.execPath, [BIN, '--config', join(folder, 'models.yaml'), '--port', '0'], {
        ...user,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let log = '';
      for await (const chunk of child.stdout) {
        log += String(chunk);
        if (/"listening"/.test(log) && /"the file for usage/.test(log)) break;
      }
      child.kill('SIGTERM');
      const [code] = (await once(child, 'exit')) as [number];
      expect(code).toBe(0);
      const line = log.split('\n').find((each) => each.includes('"the file for usage'))!;
      expect(JSON.parse(line)).toMatchObject({
        level: 'warn',
        message: 'the file for usage cannot be opened, usage is kept in memory only, until this process ends',
        path: join(folder, 'data', 'usage.db'),
        reason: expect.stringMatching(reason) as string,
        hint: expect.stringContaining('usage.store') as string,
      });
    });
  },
  true,
);
