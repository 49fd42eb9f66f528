import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findConfigFile } from '../../config/loading/config-file.js';
import { type CliArguments } from '../arguments.js';
import { FileWatch } from '../reloading/file-watch.js';
import { ServerProcess } from '../reloading/server-process.js';
import { StopSignals } from '../serving/stop-signals.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const SRC = join(ROOT, 'src');
/** Rebuilds changed sources before it runs. */
const SCRIPT = join(ROOT, 'bin', 'llm-gateway.mjs');
const BUILD_FILES = ['package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];

/**
 * For development: serves from a child process and replaces it when source or configuration change.
 * The old process keeps serving until the change builds and loads.
 * @param words the command line as typed
 * @returns exit code
 */
export async function runWithReload(args: CliArguments, words: readonly string[]): Promise<number> {
  const stop = new StopSignals();
  const over = new AbortController();
  void stop.first.then(() => over.abort());
  const watch = new FileWatch(() => filesToWatch(args));
  const server = new ServerProcess(
    SCRIPT,
    [...words.filter((word) => word !== '--reload'), '--unwatched'],
    (how) => {
      if (!over.signal.aborted) say(`the server exited (${how}), waiting for a change`);
    },
  );
  server.start();
  while (await watch.changed(over.signal)) {
    say('a file has changed');
    if (await isUsable(args, over.signal)) {
      await server.stop();
      if (!over.signal.aborted) server.start();
    } else if (!over.signal.aborted) say('the change cannot be used, waiting for the next one');
  }
  await server.stop();
  return 0;
}

function filesToWatch({ configPath }: CliArguments): string[] {
  const files = [findConfigFile(configPath, process.env)];
  if (!existsSync(SRC)) return files;
  const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => join(SRC, name));
  return [...files, ...sources, ...BUILD_FILES.map((name) => join(ROOT, name))];
}

/** Rebuilds and loads the configuration in a separate process, which prints any errors. */
function isUsable({ configPath, host, port }: CliArguments, signal: AbortSignal): Promise<boolean> {
  const options = Object.entries({ '--config': configPath, '--host': host, '--port': port });
  const words = options.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
  const trial = spawn(process.execPath, [SCRIPT, '--mode', 'list', ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
    signal,
  });
  // Aborting the process emits `error`; `exit` follows.
  trial.once('error', () => undefined);
  return new Promise((resolve) => trial.once('exit', (code) => resolve(code === 0)));
}

function say(what: string): void {
  process.stderr.write(`llm-gateway: ${what}\n`);
}
