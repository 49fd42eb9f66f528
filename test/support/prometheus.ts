import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeUnless } from './describe-unless.js';
import { freePort } from './redis-server.js';

/** A real Prometheus on a free loopback port, with one target. */
export interface TestPrometheus {
  readonly url: string;
  /** The values of an instant query, in Prometheus's order. */
  query(expression: string): Promise<QueryResult[]>;
  close(): Promise<void>;
}

export interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A `describe` whose tests need `prometheus` and `promtool`, as {@link describeUnless} runs them. */
export function describeWithPrometheus(name: string, tests: () => void): void {
  const missing = ['prometheus', 'promtool'].find((it) => spawnSync(it, ['--version']).status !== 0);
  describeUnless(missing && `no ${missing} on this machine`, name, tests);
}

/** The findings of `promtool check metrics` for a scrape; empty without any. */
export function lintMetrics(text: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return `${stdout}${stderr}${status === 0 ? '' : `exit code ${status}`}`;
}

/** @param target `host:port` to scrape every second. @param key sent as bearer token */
export async function startPrometheus(target: string, key: string | undefined): Promise<TestPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-test-'));
  const port = await freePort();
  const scrape = {
    job_name: 'gateway',
    scrape_interval: '1s',
    scrape_timeout: '1s',
    ...(key !== undefined && { authorization: { credentials: key } }),
    static_configs: [{ targets: [target] }],
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify({ scrape_configs: [scrape] }));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const endAt = Date.now() + 20_000;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || Date.now() > endAt) {
      await close();
      throw new Error('prometheus did not start');
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    query: async (expression) => {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
      const { data, error } = (await answer.json()) as { data?: { result: QueryResult[] }; error?: string };
      if (data === undefined) throw new Error(`${expression}: ${error}`);
      return data.result;
    },
    close,
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false;
  }
}
