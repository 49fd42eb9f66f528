import { parseArgs } from 'node:util';
import { COMMANDS, MODES, OPTIONS, type Command, type Mode, type Option, goesWith } from './options.js';

const LARGEST_PORT = 65_535;

export type CommandName = Mode | Command | 'help' | 'version';

/** The parsed command line. */
export interface CliArguments {
  readonly command: CommandName;
  readonly host?: string;
  readonly port?: number;
  readonly isReload: boolean;
  /** Whether the server may reload changed configuration files. */
  readonly isWatched: boolean;
  readonly model?: string;
  readonly message?: string;
  /** Whether a test retries logins that are backing off. */
  readonly isForced: boolean;
  readonly isInteractive: boolean;
  readonly isStream: boolean;
  /** A file with a recorded response. */
  readonly replyPath?: string;
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  readonly configPath?: string;
  /** A file that describes faults of the sandbox. */
  readonly faultsPath?: string;
}

/** The command line is invalid: exit code 2. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseCliArguments(args: readonly string[]): CliArguments {
  const { values, positionals } = parse(args);
  const command = commandOf(positionals, values);
  if (command !== 'help' && command !== 'version') checkOptions(command, values);
  return {
    command,
    host: values.host,
    port: values.port === undefined ? undefined : parsePort(values.port),
    isReload: values.reload ?? false,
    isWatched: values.unwatched !== true,
    model: command === 'try' ? modelOf(positionals) : values.model,
    message: values.message,
    isForced: values.force ?? false,
    isInteractive: values.interactive ?? false,
    isStream: values.stream ?? false,
    replyPath: values.reply,
    isDryRun: values['dry-run'] ?? false,
    isJson: values.json ?? false,
    configPath: values.config,
    faultsPath: values.faults,
  };
}

type Values = ReturnType<typeof parse>['values'];

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    // Node adds advice on positional arguments, which hardly apply here.
    const message = (error as Error).message.replace(/\. To specify a positional argument.*/s, '');
    throw new UsageError(message, { cause: error });
  }
}

function commandOf(positionals: readonly string[], values: Values): CommandName {
  if (values.help) return 'help';
  if (values.version) return 'version';
  const [word, ...others] = positionals;
  if (word === undefined) return oneOf(Object.keys(MODES) as Mode[], values.mode ?? 'server', '--mode');
  const command = oneOf(Object.keys(COMMANDS) as Command[], word, 'the command');
  if (values.mode !== undefined) throw new UsageError(`--mode cannot be combined with the command '${word}'`);
  const unexpected = others[command === 'try' ? 1 : 0];
  if (unexpected !== undefined) throw new UsageError(`unexpected argument '${unexpected}'`);
  return command;
}

function checkOptions(command: Mode | Command, values: Values): void {
  for (const option of Object.keys(values) as Option[]) {
    if (goesWith(option, command)) continue;
    throw new UsageError(
      `--${option} cannot be combined with ${command in MODES ? '--mode' : 'the command'} ${command}`,
    );
  }
  if (values.reply !== undefined && values['dry-run'] === true) {
    throw new UsageError('--reply and --dry-run cannot be combined: neither calls anything');
  }
}

/** @throws UsageError */
function modelOf([, model]: readonly string[]): string {
  if (model === undefined) throw new UsageError("the command 'try' requires the name of a model");
  return model;
}

function oneOf<T extends string>(choices: readonly T[], word: string, what: string): T {
  const found = choices.find((choice) => choice === word);
  if (found === undefined)
    throw new UsageError(`${what} must be one of ${choices.join(', ')}, not '${word}'`);
  return found;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= LARGEST_PORT) return port;
  throw new UsageError(`--port must be a whole number from 0 to ${LARGEST_PORT}, not '${text}'`);
}
