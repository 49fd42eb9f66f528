import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogFileConfig } from '../../config/settings.js';
import { FileLog } from './file-log.js';

describe('FileLog', () => {
  let folder: string;
  let log: FileLog | undefined;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'log-file-'))));
  afterEach(async () => {
    await log?.close();
    log = undefined;
    rmSync(folder, { recursive: true });
  });

  const config = (fields: Partial<LogFileConfig> = {}): LogFileConfig =>
    Object.assign(new LogFileConfig(), { path: join(folder, 'logs', 'gateway.log'), ...fields });
  const names = () => readdirSync(join(folder, 'logs')).sort();
  /** Empty for a file that was put aside since its name was read. */
  const read = (name: string): string => {
    const path = join(folder, 'logs', name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  const until = async (isTrue: () => boolean): Promise<void> => {
    for (const endAt = Date.now() + 10_000; !isTrue();) {
      if (Date.now() > endAt) throw new Error('did not come true');
      await new Promise((tick) => setTimeout(tick, 10));
    }
  };

  it('makes its folder and writes each line, in order', async () => {
    log = new FileLog(config(), 'auto');
    const lines = Array.from({ length: 5000 }, (_, at) => `{"line":${at},"text":"你好"}\n`);
    for (const line of lines) log.write(line);
    await until(() => read('gateway.log').endsWith(lines.at(-1)!));
    expect(read('gateway.log')).toBe(lines.join(''));
  });

  it('puts a full file aside, keeps as many as it should, and loses no line on the way', async () => {
    log = new FileLog(config({ max_size: 20_000, max_files: 3 }), 'auto');
    const line = (at: number) => `{"line":${at},"text":"${'x'.repeat(980)}"}\n`;
    for (let at = 0; at < 40; at++) {
      log.write(line(at));
      if (at % 5 === 4) await until(() => names().some((name) => read(name).includes(`"line":${at},`)));
    }
    // The last full file may be on its way aside.
    await until(() => names().length === 3);
    const all = names().toReversed().map(read).join('');
    expect(all).toBe(Array.from({ length: 40 }, (_, at) => line(at)).join(''));
    for (let at = 40; at < 140; at++) {
      log.write(line(at));
      if (at % 5 === 4) await until(() => names().some((name) => read(name).includes(`"line":${at},`)));
    }
    await until(() => names().length === 4);
    expect(names()).toEqual(['gateway.log', 'gateway.log.1', 'gateway.log.2', 'gateway.log.3']);
  });

  it('goes on in a new file when another program has put the old one aside', async () => {
    log = new FileLog(config({ max_size: 0 }), 'auto');
    log.write('{"line":1}\n');
    await until(() => read('gateway.log') !== '');
    renameSync(join(folder, 'logs', 'gateway.log'), join(folder, 'logs', 'old.log'));
    log.reopen();
    log.write('{"line":2}\n');
    await until(() => names().includes('gateway.log') && read('gateway.log') !== '');
    expect([read('old.log'), read('gateway.log')]).toEqual(['{"line":1}\n', '{"line":2}\n']);
  });

  it('writes what waits when flushed', () => {
    log = new FileLog(config(), 'auto');
    log.write('{"line":1}\n');
    log.flush();
    expect(read('gateway.log')).toBe('{"line":1}\n');
  });

  it('writes text for people if the configuration asks for it', () => {
    log = new FileLog(config(), 'text');
    log.write('{"level":"info","time":"2026-01-01T00:00:00.000Z","message":"listening","port":1}\n');
    log.flush();
    expect(read('gateway.log')).toMatch(/INFO: listening \{"port":1\}\n$/);
  });

  it('does not start if the file cannot be written', () => {
    expect(() => new FileLog(config({ path: folder }), 'auto')).toThrow(
      expect.objectContaining({ code: 'EISDIR' }) as Error,
    );
  });
});
