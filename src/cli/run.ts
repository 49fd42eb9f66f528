import { ConfigError } from '../config/loading/config-error.js';
import { plainText } from '../telemetry/log/plain-text.js';
import { type CliArguments, UsageError, parseCliArguments } from './arguments.js';
import { CommandError } from './command-error.js';
import { limitCompilerMemory } from './serving/compiler-memory.js';
import { preventPretenuring } from './serving/prevent-pretenuring.js';
import { ReloadSignal } from './serving/reload-signal.js';
import { StopSignals } from './serving/stop-signals.js';

/**
 * Runs one command to its end. Only commands that need Nest load it, so that `--help` is fast.
 * @returns the exit code: 0 success, 1 failure, 2 wrong arguments
 */
export async function run(args: readonly string[]): Promise<number> {
  try {
    return await runCommand(parseCliArguments(args), args);
  } catch (error) {
    if (error instanceof UsageError) {
      say(`llm-gateway: ${error.message}\nTry 'llm-gateway --help'.\n`);
      return 2;
    }
    if (error instanceof ConfigError) {
      say(`${error.message}\n`);
      return error.problems.every(({ file }) => file === 'command line') ? 2 : 1;
    }
    const isExplained = error instanceof CommandError || !(error instanceof Error);
    say(`llm-gateway: ${isExplained ? messageOf(error) : (error.stack ?? error.message)}\n`);
    return 1;
  }
}

async function runCommand(args: CliArguments, words: readonly string[]): Promise<number> {
  switch (args.command) {
    case 'help':
      return showHelp(args);
    case 'version':
      process.stdout.write(`${(await import('../version.js')).VERSION}\n`);
      return 0;
    case 'server':
      if (args.isReload) return (await import('./modes/reload.js')).runWithReload(args, words);
      return runServer(args);
    case 'local':
      return args.isInteractive
        ? (await import('./modes/interactive.js')).runInteractive(args)
        : (await import('./modes/local.js')).runLocal(args);
    case 'list':
      return (await import('./modes/list.js')).runList(args);
    case 'test':
      return (await import('./modes/test.js')).runTest(args);
    case 'check':
      return (await import('./commands/check.js')).runCheck(args);
    case 'doctor':
      return (await import('./commands/doctor.js')).runDoctor(args);
    case 'explain':
      return (await import('./commands/explain.js')).runExplain(args);
    case 'schema':
      return (await import('./commands/schema.js')).runSchema();
    case 'try':
      return (await import('./commands/try.js')).runTry(args);
    case 'import':
      return (await import('./commands/import.js')).runImport(args);
    case 'learn':
      return (await import('./commands/learn.js')).runLearn(args);
    case 'usage':
      return (await import('./commands/usage/usage.js')).runUsage(args);
    case 'key':
      return (await import('./commands/key.js')).runKey(args);
    case 'sandbox':
      return (await import('./commands/sandbox.js')).runSandbox(args);
  }
}

async function showHelp({ helpOn }: CliArguments): Promise<number> {
  const { HELP, helpOf } = await import('./help.js');
  process.stdout.write(helpOn === undefined ? HELP : helpOf(helpOn));
  return 0;
}

/**
 * Signals are handled first: Nest loads slowly, and process 1 of a container ignores unhandled
 * signals.
 */
async function runServer(args: CliArguments): Promise<number> {
  const stop = new StopSignals();
  const reload = new ReloadSignal();
  preventPretenuring();
  limitCompilerMemory();
  return (await import('./modes/server.js')).runServer(args, stop, reload);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function say(text: string): void {
  process.stderr.write(plainText(text));
}
