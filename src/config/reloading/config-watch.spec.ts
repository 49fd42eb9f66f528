import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../test/support/start-gateway.js';
import { ConfigWatch } from './config-watch.js';

describe('ConfigWatch', () => {
  let folder: string;
  let file: string;
  let watch: ConfigWatch;
  let changes: number;
  let looks: number;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-watch-'));
    file = join(folder, 'models.yaml');
    changes = 0;
    looks = 0;
  });

  afterEach(() => {
    watch.stop();
    rmSync(folder, { recursive: true });
  });

  async function start(...files: string[]): Promise<void> {
    watch = new ConfigWatch(
      () => {
        looks++;
        return files;
      },
      () => Promise.resolve(void changes++),
    );
    watch.start();
    await until(() => changes === 1, 'the first look');
  }

  it('calls once soon after the start', async () => {
    writeFileSync(file, 'one');
    await start(file);
    expect(watch.isRunning).toBe(true);
  });

  it.each<[string, () => void]>([
    ['is written in place', () => writeFileSync(file, 'two')],
    [
      'is replaced by rename',
      () => {
        writeFileSync(`${file}.tmp`, 'two');
        renameSync(`${file}.tmp`, file);
      },
    ],
    ['is removed', () => rmSync(file)],
  ])('reports a change when a file %s', async (_how, change) => {
    writeFileSync(file, 'one');
    await start(file);
    change();
    await until(() => changes === 2, 'the change');
  });

  it('reports a file that appears together with its folder', async () => {
    const late = join(folder, 'late', 'models.yaml');
    await start(late);
    mkdirSync(join(folder, 'late'));
    writeFileSync(late, 'one');
    await until(() => changes === 2, 'the change');
  });

  it('reports a change when Kubernetes swaps a mounted ConfigMap', async () => {
    const mount = (name: string, content: string): void => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'models.yaml'), content);
      symlinkSync(name, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    mount('..1', 'same length: one');
    symlinkSync(join('..data', 'models.yaml'), file);
    await start(file);
    mount('..2', 'same length: two');
    await until(() => changes === 2, 'the change');
  });

  it('reports a change when the target of a link in another folder changes', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'config-watch-'));
    writeFileSync(join(elsewhere, 'real.yaml'), 'one');
    symlinkSync(join(elsewhere, 'real.yaml'), file);
    await start(file);
    writeFileSync(join(elsewhere, 'real.yaml'), 'two');
    await until(() => changes === 2, 'the change');
    rmSync(elsewhere, { recursive: true });
  });

  it('reads a file once it is no longer being written, even if files beside it keep changing', async () => {
    writeFileSync(file, 'one');
    await start(file);
    const noise = setInterval(() => writeFileSync(join(folder, 'noise'), String(Math.random())), 5);
    writeFileSync(file, 'two');
    await until(() => changes === 2, 'the change');
    clearInterval(noise);
  });

  it('does not look at its files each time that a log or a database beside them changes', async () => {
    writeFileSync(file, 'one');
    await start(file);
    looks = 0;
    const startedAt = performance.now();
    for (let count = 0; count < 100; count++) {
      writeFileSync(join(folder, 'usage.db-wal'), String(count));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const seconds = (performance.now() - startedAt) / 1000;
    // On each change it would be up to twenty times a second.
    expect(looks).toBeLessThan(3 + 2 * seconds);
  });

  it('is silent once it was stopped', async () => {
    writeFileSync(file, 'one');
    await start(file);
    watch.stop();
    writeFileSync(file, 'two');
    const other = new ConfigWatch(
      () => [file],
      () => Promise.resolve(void changes++),
    );
    other.start();
    await until(() => changes === 2, 'a look of another watch');
    other.stop();
    expect([changes, watch.isRunning]).toEqual([2, false]);
  });
});
