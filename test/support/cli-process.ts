import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
export const MAIN = join(ROOT, 'dist', 'main.js');
export const BIN = join(ROOT, 'bin', 'llm-gateway.mjs');
/** How long tests wait for what must happen: a busy machine only makes them slower. Below the timeout of a test. */
const WAIT_MS = 120_000;

export interface CliOptions {
  /** Added to a clean environment: no variable of the machine reaches the program. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to standard input, which then ends. */
  readonly input?: string;
  /** What to run instead of `node dist/main.js`. */
  readonly command?: readonly [string, ...string[]];
  /** In a process group of its own, as a terminal starts each command. */
  readonly isGroup?: boolean;
}

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as people run it: in a process of its own. */
export class CliProcess {
  static readonly #all = new Set<CliProcess>();
  stdout = '';
  stderr = '';
  /** The output on stdout, read by read. */
  readonly pieces: string[] = [];
  result: CliResult | undefined;
  readonly child: ChildProcess;
  readonly #listeners = new Set<() => void>();

  constructor(
    args: readonly string[],
    private readonly options: CliOptions = {},
  ) {
    const [file, ...first] = options.command ?? [process.execPath, MAIN];
    this.child = spawn(file, [...first, ...args], {
      cwd: options.cwd ?? ROOT,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env },
      stdio: 'pipe',
      detached: options.isGroup ?? false,
    });
    CliProcess.#all.add(this);
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.pieces.push(text);
      this.#changed();
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#changed();
    });
    this.child.once('close', (code, signal) => {
      CliProcess.#all.delete(this);
      this.result = { code, signal, stdout: this.stdout, stderr: this.stderr };
      this.#changed();
    });
    // A program that reads nothing may have ended before this arrives.
    this.child.stdin!.on('error', () => undefined);
    if (options.input !== undefined) this.child.stdin!.end(options.input);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** The complete log lines on stdout. */
  get log(): Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Waits until a condition holds; checks it on each output and at the end of the process. */
  async until(isTrue: () => boolean, timeoutMs = WAIT_MS): Promise<void> {
    if (isTrue()) return;
    let timer: NodeJS.Timeout | undefined;
    let look = (): void => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        look = () => isTrue() && resolve();
        this.#listeners.add(look);
        timer = setTimeout(
          () => reject(new Error(`waited in vain.\n${this.stdout}\n${this.stderr}`)),
          timeoutMs,
        );
      });
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(look);
    }
  }

  async ended(timeoutMs = WAIT_MS): Promise<CliResult> {
    await this.until(() => this.result !== undefined, timeoutMs);
    return this.result!;
  }

  /** Address of the server, from the `count`th line that announces it. */
  async listening(count = 1): Promise<string> {
    const lines = (): Record<string, unknown>[] => this.log.filter(({ message }) => message === 'listening');
    await this.until(() => lines().length >= count || this.result !== undefined);
    const line = lines()[count - 1];
    if (line === undefined) throw new Error(`never listened.\n${this.stdout}\n${this.stderr}`);
    return String(line['url']);
  }

  /** Signals the process, or the whole of its group. */
  kill(signal: NodeJS.Signals): void {
    try {
      process.kill(this.options.isGroup === true ? -this.pid : this.pid, signal);
    } catch {
      // It has ended already.
    }
  }

  /** For `afterEach`: no test leaves a process behind. */
  static async endAll(): Promise<void> {
    const all = [...CliProcess.#all];
    for (const cli of all) cli.kill('SIGKILL');
    await Promise.all(all.map((cli) => cli.ended()));
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Runs a command to its end. */
export function runCli(args: readonly string[], options?: CliOptions): Promise<CliResult> {
  return new CliProcess(args, { input: '', ...options }).ended();
}

/** A folder with a configuration file, removed after the test. */
export class ConfigFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'gateway-cli-'));
  readonly file = join(this.path, 'models.yaml');

  /** JSON is YAML. */
  write(content: Readonly<Record<string, unknown>>): this {
    const whole = {
      server: { host: '127.0.0.1', port: 0 },
      auth: { api_keys: [CLI_KEY] },
      ...content,
    };
    writeFileSync(this.file, JSON.stringify(whole, null, 2));
    return this;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export const CLI_KEY = 'sk-cli-test-key-0001';

/**
 * A port that is free, and stays free until it is used: below the ports that the system gives to connections
 * and to servers that ask for any, and among those of this jest worker.
 */
export async function freePort(): Promise<number> {
  const first = 20_000 + (Number(process.env['JEST_WORKER_ID'] ?? 0) % 12) * 1000;
  for (;;) {
    const port = first + Math.floor(Math.random() * 1000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** Checks again and again until a condition holds. */
export async function poll(isTrue: () => boolean | Promise<boolean>, timeoutMs = WAIT_MS): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (!(await isTrue())) {
    if (performance.now() > until) throw new Error('waited in vain');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
