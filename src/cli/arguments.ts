import { parseArgs } from 'node:util';

const MODES = ['server', 'local', 'list', 'test'] as const;
const COMMANDS = ['try', 'key', 'sandbox'] as const;
const LARGEST_PORT = 65_535;

const OPTIONS = {
  mode: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  reload: { type: 'boolean' },
  // Not for people, who have `server.watch_config`: `--reload` watches the file for the server that it starts.
  unwatched: { type: 'boolean' },
  model: { type: 'string' },
  message: { type: 'string' },
  force: { type: 'boolean' },
  interactive: { type: 'boolean' },
  stream: { type: 'boolean' },
  reply: { type: 'string' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
  config: { type: 'string' },
  faults: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

type Mode = (typeof MODES)[number];
type Command = (typeof COMMANDS)[number];
type Option = keyof typeof OPTIONS;

export type CommandName = Mode | Command | 'help' | 'version';

/** What each command understands; any other option beside it is a mistake. */
const OPTIONS_OF: Readonly<Record<Mode | Command, readonly Option[]>> = {
  server: ['host', 'port', 'reload', 'unwatched', 'config'],
  local: ['model', 'message', 'interactive', 'config'],
  // `host` and `port` not for people: `--reload` checks a file as the server that it starts will.
  list: ['host', 'port', 'json', 'config'],
  test: ['model', 'message', 'force', 'json', 'config'],
  try: ['message', 'stream', 'reply', 'dry-run', 'json', 'config'],
  key: ['json'],
  sandbox: ['host', 'port', 'faults'],
};

/** The command line, understood. */
export interface CliArguments {
  readonly command: CommandName;
  readonly host?: string;
  readonly port?: number;
  readonly isReload: boolean;
  /** Whether changes of the configuration's files may be taken over while the server runs. */
  readonly isWatched: boolean;
  readonly model?: string;
  readonly message?: string;
  /** Whether a test tries logins that are backing off. */
  readonly isForced: boolean;
  readonly isInteractive: boolean;
  readonly isStream: boolean;
  /** A file that holds a recorded answer. */
  readonly replyPath?: string;
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  readonly configPath?: string;
  /** A file that says how the sandbox misbehaves. */
  readonly faultsPath?: string;
}

/** The words on the command line make no sense: exit code 2. */
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
    // Node adds advice on positional arguments, of which there are hardly any here.
    const message = (error as Error).message.replace(/\. To specify a positional argument.*/s, '');
    throw new UsageError(message, { cause: error });
  }
}

function commandOf(positionals: readonly string[], values: Values): CommandName {
  if (values.help) return 'help';
  if (values.version) return 'version';
  const [word, ...others] = positionals;
  if (word === undefined) return oneOf(MODES, values.mode ?? 'server', '--mode');
  const command = oneOf(COMMANDS, word, 'the command');
  if (values.mode !== undefined) throw new UsageError(`--mode does not go with the command '${word}'`);
  const unexpected = others[command === 'try' ? 1 : 0];
  if (unexpected !== undefined) throw new UsageError(`unexpected argument '${unexpected}'`);
  return command;
}

function checkOptions(command: Mode | Command, values: Values): void {
  const allowed = OPTIONS_OF[command];
  for (const option of Object.keys(values) as Option[]) {
    if (option === 'mode' || allowed.includes(option)) continue;
    const isMode = MODES.some((mode) => mode === command);
    throw new UsageError(`--${option} does not go with ${isMode ? '--mode' : 'the command'} ${command}`);
  }
  if (values.reply !== undefined && values['dry-run'] === true) {
    throw new UsageError('--reply and --dry-run do not go together: neither calls anything');
  }
}

/** @throws UsageError */
function modelOf([, model]: readonly string[]): string {
  if (model === undefined) throw new UsageError("the command 'try' needs the name of a model");
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
