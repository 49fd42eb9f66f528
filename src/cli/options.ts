/** What each mode does, and each command, as `--help` says it. */
export const MODES = {
  server: ['serve the HTTP API until a signal comes (default)'],
  local: ['one chat in the terminal, without a server'],
  list: ['show every configured model'],
  test: ['try every enabled model, or the one of --model'],
} as const satisfies Record<string, readonly string[]>;

export const COMMANDS = {
  try: [
    'walk through one call step by step: login, request, answer,',
    'what each expression gave; secrets are masked',
  ],
  key: ['make an API key, with its SHA-256 digest for the configuration'],
  sandbox: ['run the pretend model service by itself'],
} as const satisfies Record<string, readonly string[]>;

export type Mode = keyof typeof MODES;
export type Command = keyof typeof COMMANDS;

/** An option of the command line, as `parseArgs` of Node reads it, as it is checked, and as `--help` shows it. */
export interface OptionRule {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** What stands behind it. */
  readonly value?: string;
  /** Lines of `--help`; none for what people do not use. */
  readonly says?: readonly string[];
  /** The modes and commands that understand it; beside any other it is a mistake. Undefined: beside all. */
  readonly of?: readonly (Mode | Command)[];
  /** Some more of them, not for people. */
  readonly alsoOf?: readonly (Mode | Command)[];
}

/** In the order of `--help`. */
export const OPTIONS = {
  mode: { type: 'string' },
  config: {
    type: 'string',
    value: 'PATH',
    says: ['configuration file'],
    of: ['server', 'local', 'list', 'test', 'try'],
  },
  host: {
    type: 'string',
    value: 'HOST',
    says: ['address to listen on'],
    of: ['server', 'sandbox'],
    // `--reload` checks a file as the server that it starts will.
    alsoOf: ['list'],
  },
  port: {
    type: 'string',
    value: 'PORT',
    says: ['port to listen on; 0 takes a free one'],
    of: ['server', 'sandbox'],
    alsoOf: ['list'],
  },
  faults: {
    type: 'string',
    value: 'FILE',
    says: ['how the pretend service misbehaves (YAML)'],
    of: ['sandbox'],
  },
  reload: {
    type: 'boolean',
    says: ['restart when source or configuration', 'changes (for development)'],
    of: ['server'],
  },
  // People have `server.watch_config`; `--reload` watches the file for the server that it starts.
  unwatched: { type: 'boolean', alsoOf: ['server'] },
  model: {
    type: 'string',
    value: 'NAME',
    says: ['the model to ask; local: the first', 'enabled one, test: all of them'],
    of: ['local', 'test'],
  },
  message: { type: 'string', value: 'TEXT', says: ['what to say (你好)'], of: ['local', 'test', 'try'] },
  force: {
    type: 'boolean',
    says: ['try a login that was refused once more,', 'though its pause is not over'],
    of: ['test'],
  },
  interactive: {
    type: 'boolean',
    says: ['hold a conversation; /exit or Ctrl-D', 'ends it'],
    of: ['local'],
  },
  stream: { type: 'boolean', says: ['ask for a stream'], of: ['try'] },
  reply: {
    type: 'string',
    value: 'FILE',
    says: ['read this recorded answer instead of', 'calling the model (a JSON document, or', 'a stream)'],
    of: ['try'],
  },
  'dry-run': { type: 'boolean', says: ['show the requests, call nothing'], of: ['try'] },
  json: {
    type: 'boolean',
    says: ['print JSON, for programs'],
    of: ['list', 'test', 'try', 'key'],
  },
  help: { type: 'boolean', short: 'h', says: ['show this'] },
  version: { type: 'boolean', short: 'v', says: ['show the version'] },
} as const satisfies Record<string, OptionRule>;

export type Option = keyof typeof OPTIONS;

export function goesWith(option: Option, command: Mode | Command): boolean {
  const { of, alsoOf }: OptionRule = OPTIONS[option];
  if (of === undefined && alsoOf === undefined) return true;
  return of?.includes(command) === true || alsoOf?.includes(command) === true;
}
