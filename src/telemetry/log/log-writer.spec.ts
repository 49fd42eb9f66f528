import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogWriter } from './log-writer.js';

describe('LogWriter', () => {
  let folder: string;
  let fd: number;
  const text = () => readFileSync(join(folder, 'log'), 'utf8');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-writer-'));
    fd = openSync(join(folder, 'log'), 'a');
  });
  afterEach(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });

  const until = async (isTrue: () => boolean): Promise<void> => {
    for (const endAt = Date.now() + 10_000; !isTrue() && Date.now() < endAt;) {
      await new Promise((tick) => setTimeout(tick, 10));
    }
  };

  it('writes every line, in order, in batches and at the end', async () => {
    const log = new LogWriter(fd);
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} 你好\n`);
    for (const line of lines) log.write(line);
    await until(() => text().length > 100_000);
    log.write('last\n');
    await until(() => text().endsWith('last\n'));
    expect(text()).toBe(`${lines.join('')}last\n`);
  });

  it('writes a lone line within a moment, and what waits when flushed', async () => {
    const log = new LogWriter(fd);
    log.write('alone\n');
    expect(text()).toBe('');
    await until(() => text() !== '');
    log.write('at the end\n');
    log.flush();
    expect(text()).toBe('alone\nat the end\n');
  });

  it('keeps a bounded backlog, and reports what it dropped', () => {
    const log = new LogWriter(fd);
    const line = `${'x'.repeat(1_000_000)}\n`;
    for (let i = 0; i < 30; i++) log.write(line);
    log.flush();
    const rows = text().split('\n');
    const written = rows.filter((row) => row.startsWith('x')).length;
    const note = rows
      .map((row) => /"message":"log lines dropped","count":(\d+)/.exec(row)?.[1])
      .find(Boolean);
    // Nothing is missing without a word.
    expect(Number(note) + written).toBe(30);
    expect(written).toBeLessThan(25);
  });
});
