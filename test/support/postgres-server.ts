import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './redis-server.js';
import { describeWithTool } from './needs-tool.js';

const PASSWORD = 'postgres-test-password';
/** Where Debian and Ubuntu put the programs of a server, which are not in the PATH. */
const DEBIAN = '/usr/lib/postgresql';

/** A real Postgres on a free loopback port, with one empty database. */
export interface TestPostgres {
  readonly port: number;
  readonly url: string;
  /** @param database default: the first one */
  query(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  /** A further empty database on the same server. @returns its address */
  database(name: string): Promise<string>;
  /** Kills it without warning, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what was committed. */
  restart(): Promise<void>;
  /** Freezes it: connections stay open without a response. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

/**
 * A `describe` whose tests need a Postgres server. Where it is not installed they are skipped, with a line that says so;
 * in CI (`CI` is set) that is a failure. `POSTGRES_BIN` names another folder with `initdb` and `postgres`.
 */
export function describeWithPostgres(name: string, tests: () => void): void {
  describeWithTool(program('postgres'), ['--version'], name, tests);
}

export async function startPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-test-'));
  const data = join(folder, 'data');
  // It refuses to run as root.
  const user: { uid?: number; gid?: number } = userInfo().uid === 0 ? ids('postgres') : {};
  if (user.uid !== undefined) spawnSync('chown', [`${user.uid}:${user.gid}`, folder]);
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, PASSWORD);
  const made = spawnSync(
    program('initdb'),
    [
      '-D',
      data,
      '-U',
      'gateway',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--no-sync',
    ],
    { ...user, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const url = `postgres://gateway:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const start = (): ChildProcess =>
    spawn(
      program('postgres'),
      [
        '-D',
        data,
        '-p',
        `${port}`,
        '-h',
        '127.0.0.1',
        '-k',
        folder,
        '-c',
        'fsync=off',
        '-c',
        'max_connections=50',
      ],
      { ...user, cwd: folder, stdio: 'ignore' },
    );
  let child = start();
  await accepts(url);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGQUIT');
    child.kill('SIGCONT');
    await ended;
  };
  return {
    port,
    url,
    query: (sql, database = 'postgres') => ask(url.replace(/postgres$/, database), sql),
    database: async (name) => {
      await ask(url, `create database ${name}`);
      return url.replace(/postgres$/, name);
    },
    kill,
    restart: async () => {
      child = start();
      await accepts(url);
    },
    freeze: () => signalAll(child.pid!, 'SIGSTOP'),
    thaw: () => signalAll(child.pid!, 'SIGCONT'),
    close: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function accepts(url: string): Promise<void> {
  const endAt = Date.now() + 30_000;
  for (;;) {
    try {
      await ask(url, 'select 1');
      return;
    } catch (error) {
      if (Date.now() > endAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The server has a process for each connection. */
function signalAll(pid: number, signal: NodeJS.Signals): void {
  const children = spawnSync('ps', ['-o', 'pid=', '--ppid', `${pid}`], { encoding: 'utf8' }).stdout.split(
    /\s+/,
  );
  for (const each of [pid, ...children.filter(Boolean).map(Number)]) process.kill(each, signal);
}

function program(name: string): string {
  const folder = process.env['POSTGRES_BIN'] ?? debianFolder();
  return folder === undefined ? name : join(folder, name);
}

function debianFolder(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined;
  const versions = readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => join(DEBIAN, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'postgres')));
}

function ids(user: string): { uid: number; gid: number } {
  const [uid, gid] = ['-u', '-g'].map((flag) =>
    Number(spawnSync('id', [flag, user], { encoding: 'utf8' }).stdout),
  );
  return { uid: uid!, gid: gid! };
}
