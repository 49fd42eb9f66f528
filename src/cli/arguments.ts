import { parseArgs } from 'node:util';
import { nearest } from '../config/loading/did-you-mean.js';
import { OPTIONS, type Option, type OptionRule, goesWith } from './options.js';
import {
  COMMANDS,
  MODES,
  MODE_WORDS,
  OPERANDS,
  type Command,
  type Mode,
  type Word,
  isModeWord,
} from './command-words.js';

const LARGEST_PORT = 65_535;
const WORDS = [...Object.keys(COMMANDS), ...Object.keys(MODE_WORDS)] as Word[];
const PUBLIC_OPTIONS = Object.entries<OptionRule>(OPTIONS)
  .filter(([name, { says }]) => says !== undefined || name === 'mode')
  .map(([name]) => name);

/** Values of options, by their names. */
export type KeyOptions = Readonly<Partial<Record<string, string | boolean>>>;

/** Gateways whose configuration can be imported; new-api is a relative of one-api. */
const IMPORT_SOURCES = ['litellm', 'one-api', 'new-api'] as const;
export type ImportSource = (typeof IMPORT_SOURCES)[number];

/** Commands and recorded responses of the service to learn. */
export interface LearnOptions {
  readonly login: readonly string[];
  /** At least one. */
  readonly chat: readonly string[];
  readonly poll: readonly string[];
  readonly answersPath?: string;
  readonly isRun: boolean;
  readonly question?: string;
  readonly name: string;
  readonly outPath?: string;
}

export type CommandName = Mode | Command | 'help' | 'version';

/** The parsed command line. */
export interface CliArguments {
  readonly command: CommandName;
  /** The command to print help on; undefined: all of them. */
  readonly helpOn?: Word;
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
  /** The deployment that a trial calls; undefined: the first. */
  readonly deployment?: string;
  /** The operation to try; undefined: the first that the model supports. */
  readonly operation?: string;
  /** The wire format in which the trial acts as a client. */
  readonly dialect?: string;
  /** A file with the JSON request of a trial. */
  readonly bodyPath?: string;
  /** A file with a recorded response. */
  readonly replyPath?: string;
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  readonly configPath?: string;
  /** The name of a key in the configuration. */
  readonly keyName?: string;
  /** Whether a check accepts absent variables and secret files. */
  readonly isMissingAllowed: boolean;
  /** The gateway to import from, its configuration file, and a file with its keys. */
  readonly importFrom?: ImportSource;
  readonly importPath?: string;
  readonly keysPath?: string;
  /** A file that describes faults of the sandbox. */
  readonly faultsPath?: string;
  /** Options of the command `usage`, as given. */
  readonly usageOptions?: { readonly since?: string; readonly by?: string; readonly isCsv?: boolean };
  /** Options of the command `key`, as given. */
  readonly keyOptions?: KeyOptions;
  /** Options of the command `learn`. */
  readonly learnOptions?: LearnOptions;
}

/** The command line is invalid: exit code 2. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseCliArguments(args: readonly string[]): CliArguments {
  const { values, positionals } = parse(args);
  const command = commandOf(positionals, values);
  if (command !== 'help' && command !== 'version') checkOptions(command, values);
  const [word, operand] = positionals;
  const model = command === 'check' || command === 'import' ? undefined : operand;
  const file = command === 'check' ? operand : undefined;
  if (model !== undefined && values.model !== undefined) throw givenTwice('model');
  if (file !== undefined && values.config !== undefined) throw givenTwice('config');
  return {
    command,
    host: values.host,
    port: values.port === undefined ? undefined : parsePort(values.port),
    isReload: values.reload ?? false,
    isWatched: values.unwatched !== true,
    model: model ?? values.model,
    message: values.message,
    isForced: values.force ?? false,
    // The command `chat` starts a conversation; with a message, it asks once.
    isInteractive: values.interactive ?? (word === 'chat' && values.message === undefined),
    isStream: values.stream ?? false,
    deployment: values.deployment,
    operation: values.operation,
    dialect: values.dialect,
    bodyPath: values.body,
    replyPath: values.reply,
    isDryRun: values['dry-run'] ?? false,
    isJson: values.json ?? false,
    configPath: file ?? values.config,
    keyName: values.key,
    isMissingAllowed: values['allow-missing-secrets'] ?? false,
    ...(command === 'import' && importOf(positionals)),
    keysPath: values.keys,
    faultsPath: values.faults,
    usageOptions: command === 'usage' ? { since: values.since, by: values.by, isCsv: values.csv } : undefined,
    keyOptions: command === 'key' ? keyOptionsOf(values) : undefined,
    ...(command === 'learn' && { learnOptions: learnOf(values) }),
    ...(command === 'help' && { helpOn: helpOn(positionals) }),
  };
}

type Values = ReturnType<typeof parse>['values'];

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    // Node adds advice on positional arguments, which does not apply here.
    const message = (error as Error).message.replace(/\. To specify a positional argument.*/s, '');
    const unknown = /^Unknown option '--(.+)'$/.exec(message)?.[1];
    throw new UsageError(message + (unknown === undefined ? '' : guess(unknown, PUBLIC_OPTIONS, '--')), {
      cause: error,
    });
  }
}

function commandOf(positionals: readonly string[], values: Values): CommandName {
  if (values.help) return 'help';
  if (values.version) return 'version';
  const [first, ...others] = positionals;
  if (first === 'help') return first;
  if (first === 'version' && others.length === 0) return first;
  if (first === undefined) return oneOf(Object.keys(MODES) as Mode[], values.mode ?? 'server', '--mode');
  const word = oneOf(WORDS, first, 'the command');
  if (values.mode !== undefined) throw new UsageError(`--mode cannot be combined with the command '${word}'`);
  const operand = OPERANDS[word];
  const unexpected = others[operand?.split(' ').length ?? 0];
  if (unexpected !== undefined) throw new UsageError(`unexpected argument '${unexpected}'`);
  if (operand === 'MODEL' && others.length === 0)
    throw new UsageError(`the command '${word}' requires the name of a model`);
  return isModeWord(word) ? MODE_WORDS[word] : word;
}

/**
 * Reads `help COMMAND` and `COMMAND --help`.
 * @throws UsageError
 */
function helpOn([first, second, third]: readonly string[]): Word | undefined {
  if (first !== 'help') return WORDS.find((word) => word === first);
  if (third !== undefined) throw new UsageError(`unexpected argument '${third}'`);
  return second === undefined ? undefined : oneOf(WORDS, second, 'the command');
}

function givenTwice(option: Option): UsageError {
  return new UsageError(`--${option} cannot be combined with the same after the command; expected it once`);
}

function checkOptions(command: Mode | Command, values: Values): void {
  for (const option of Object.keys(values) as Option[]) {
    if (goesWith(option, command)) continue;
    throw new UsageError(
      `--${option} cannot be combined with ${command in MODES ? '--mode' : 'the command'} ${command}`,
    );
  }
  if (values.body !== undefined && values.message !== undefined) {
    throw new UsageError('--body and --message cannot be combined: the message is in the body');
  }
  if (values.reply !== undefined && values['dry-run'] === true) {
    throw new UsageError('--reply and --dry-run cannot be combined: neither calls anything');
  }
  if (values.json === true && values.csv === true)
    throw new UsageError('--json and --csv cannot be combined; expected one of them');
}

/** @throws UsageError */
function importOf([, source, path]: readonly string[]): Pick<CliArguments, 'importFrom' | 'importPath'> {
  if (source === undefined || path === undefined)
    throw new UsageError(`the command 'import' requires one of ${IMPORT_SOURCES.join(', ')} and a file`);
  return { importFrom: oneOf(IMPORT_SOURCES, source, 'what to import'), importPath: path };
}

/** @throws UsageError */
function learnOf(values: Values): LearnOptions {
  const { login = [], chat = [], poll = [], answers, run = false, question, name = 'house', out } = values;
  if (chat.length === 0) throw new UsageError("the command 'learn' requires --chat FILE");
  if (answers !== undefined && run)
    throw new UsageError('--answers and --run cannot be combined: the responses are recorded, or got now');
  return { login, chat, poll, answersPath: answers, isRun: run, question, name, outPath: out };
}

/** The options without those that may be repeated, which belong to other commands. */
function keyOptionsOf(values: Values): KeyOptions {
  const { login: _login, chat: _chat, poll: _poll, ...single } = values;
  return single;
}

function oneOf<T extends string>(choices: readonly T[], word: string, what: string): T {
  const found = choices.find((choice) => choice === word);
  if (found === undefined)
    throw new UsageError(
      `${what} must be one of ${choices.join(', ')}, not '${word}'${guess(word, choices)}`,
    );
  return found;
}

/** A suggestion for a message about an unknown word; empty if no choice is near. */
function guess(word: string, choices: readonly string[], mark = ''): string {
  // Words of the command line are joined by hyphens, but the search compares underscores.
  const near = nearest(
    word,
    choices.map((choice) => choice.replaceAll('-', '_')),
  );
  return near === undefined ? '' : `; did you mean '${mark}${near.replaceAll('_', '-')}'?`;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= LARGEST_PORT) return port;
  throw new UsageError(`--port must be a whole number from 0 to ${LARGEST_PORT}, not '${text}'`);
}
