import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type LogLine, TEST_KEY, type TestConfig, until } from './start-gateway.js';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');

const running = new Set<ChildProcess>();
// A test that timed out never reaches its own clean-up.
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** The built gateway in a process of its own: one replica. */
export interface GatewayProcess {
  readonly url: string;
  readonly pid: number;
  readonly logText: () => string;
  readonly log: () => LogLine[];
  chat(body: unknown): Promise<Response>;
  get(path: string): Promise<Response>;
  /** Ends it with SIGTERM. @returns its exit code */
  stop(): Promise<number | null>;
  /** Kills it without warning, as a crash would. */
  kill(): Promise<unknown>;
}

/**
 * Prints a line for each module whose name contains a word, before it is loaded; and, when the process exits, one for the
 * package of that name if it is CommonJS and was required.
 */
function importTeller(word: string): string {
  const hooks = `import { writeSync } from 'node:fs';
    export function resolve(name, context, next) {
      if (name.includes(${JSON.stringify(word)})) writeSync(2, 'IMPORTED ' + name + '\\n');
      return next(name, context);
    }`;
  const script = `import { writeSync } from 'node:fs';
    import { createRequire, register } from 'node:module';
    register(${JSON.stringify(asUrl(hooks))});
    process.on('exit', () => {
      const isOf = (path) => path.includes(${JSON.stringify(`/node_modules/${word}/`)});
      if (Object.keys(createRequire('file:///').cache).some(isOf)) writeSync(2, ${JSON.stringify(`IMPORTED ${word}\n`)});
    });`;
  return `--import=${asUrl(script)}`;
}

const asUrl = (script: string): string => `data:text/javascript,${encodeURIComponent(script)}`;

/** Starts `node dist/main.js` and waits until it listens. Needs `npm run build` first. */
export async function startGatewayProcess(
  content: TestConfig & { readonly cache?: Record<string, unknown> },
  {
    tellsImportsOf,
    nodeOptions = tellsImportsOf === undefined ? [] : [importTeller(tellsImportsOf)],
    env = {},
  }: {
    readonly tellsImportsOf?: string;
    readonly nodeOptions?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-process-'));
  const path = join(folder, 'models.yaml');
  writeFileSync(
    path,
    JSON.stringify({
      server: { host: '127.0.0.1', port: 0 },
      auth: { api_keys: [TEST_KEY] },
      logging: { format: 'json', level: 'debug' },
      ...content,
    }),
  );
  const child = spawn(process.execPath, [...nodeOptions, MAIN, '--config', path], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  const log = (): LogLine[] =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as LogLine);
  const listening = (): LogLine | undefined => log().find(({ message }) => message === 'listening');
  await until(() => listening() !== undefined || child.exitCode !== null, 'listening', 120_000);
  const url = listening()?.['url'];
  if (typeof url !== 'string') throw new Error(`the gateway did not start: ${text}`);
  return {
    url,
    pid: child.pid!,
    logText: () => text,
    log,
    chat: (body) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${TEST_KEY}` },
        body: JSON.stringify(body),
      }),
    get: (at) => fetch(`${url}${at}`, { headers: { authorization: `Bearer ${TEST_KEY}` } }),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const code = await ended;
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
    kill: () => {
      child.kill('SIGKILL');
      return ended.finally(() => rmSync(folder, { recursive: true, force: true }));
    },
  };
}
