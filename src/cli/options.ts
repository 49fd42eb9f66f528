import { type Mode, type Command } from './command-words.js';

/** An option for Node's `parseArgs`, with its description and the modes that accept it. */
export interface OptionRule {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** Whether it may be repeated. */
  readonly multiple?: true;
  /** Placeholder of its value in `--help`. */
  readonly value?: string;
  /** Lines of `--help`; absent for internal options. */
  readonly says?: readonly string[];
  /** The modes and commands that accept it; any other rejects it. Undefined: all accept it. */
  readonly of?: readonly (Mode | Command)[];
  /** Further ones that accept it, for internal use. */
  readonly alsoOf?: readonly (Mode | Command)[];
}

/** In the order of `--help`. */
export const OPTIONS = {
  mode: { type: 'string' },
  config: {
    type: 'string',
    value: 'PATH',
    says: ['configuration file'],
    of: ['server', 'local', 'list', 'test', 'check', 'explain', 'doctor', 'try', 'usage'],
  },
  host: {
    type: 'string',
    value: 'HOST',
    says: ['address to listen on'],
    of: ['server', 'sandbox'],
    // `--reload` validates the file with the options of the server that it starts.
    alsoOf: ['list', 'check', 'doctor'],
  },
  port: {
    type: 'string',
    value: 'PORT',
    says: ['port to listen on; 0 picks a free one'],
    of: ['server', 'sandbox'],
    alsoOf: ['list', 'check', 'doctor'],
  },
  'allow-missing-secrets': {
    type: 'boolean',
    says: ['accept absent variables and secret files,', 'and name what was not checked'],
    of: ['check'],
  },
  faults: {
    type: 'string',
    value: 'FILE',
    says: ['faults that the sandbox simulates (YAML)'],
    of: ['sandbox'],
  },
  reload: {
    type: 'boolean',
    says: ['restart when source or configuration', 'changes (for development)'],
    of: ['server'],
  },
  // Internal: `--reload` watches the file for its server. Users set `server.watch_config`.
  unwatched: { type: 'boolean', alsoOf: ['server'] },
  model: {
    type: 'string',
    value: 'NAME',
    says: ['the model to call; default: the first', 'enabled one (local), all of them (test)'],
    of: ['local', 'test'],
  },
  message: {
    type: 'string',
    value: 'TEXT',
    says: ['the message to send (default: 你好)'],
    of: ['local', 'test', 'try'],
  },
  force: {
    type: 'boolean',
    says: ['retry a refused login even though its', 'pause is not over'],
    of: ['test'],
  },
  interactive: {
    type: 'boolean',
    says: ['hold a conversation; exit, /exit or', 'Ctrl-D ends it'],
    of: ['local'],
  },
  deployment: {
    type: 'string',
    value: 'NAME',
    says: ['the deployment to call (default: the first)'],
    of: ['try'],
  },
  operation: {
    type: 'string',
    value: 'NAME',
    says: ['what to ask for, such as embeddings; default:', 'what the model does, chat first'],
    of: ['try'],
  },
  dialect: {
    type: 'string',
    value: 'NAME',
    says: ["the client's format: chat (default), messages", 'or responses'],
    of: ['try'],
  },
  body: {
    type: 'string',
    value: 'FILE',
    says: ['send this JSON request instead of a message;', 'the model is set in it'],
    of: ['try'],
  },
  stream: { type: 'boolean', says: ['request a stream'], of: ['try'] },
  reply: {
    type: 'string',
    value: 'FILE',
    says: ['read this recorded response instead of', 'calling the model (JSON or a stream)'],
    of: ['try'],
  },
  'dry-run': { type: 'boolean', says: ['show the requests without sending them'], of: ['try'] },
  since: {
    type: 'string',
    value: '30d',
    says: ['so many hours (12h), days or weeks (4w), or', 'a date; default: the current month'],
    of: ['usage'],
  },
  by: {
    type: 'string',
    value: 'A,B',
    says: ['key, team, model, day, operation, error', '(default: key)'],
    of: ['usage'],
  },
  csv: { type: 'boolean', says: ['print CSV'], of: ['usage'] },
  name: {
    type: 'string',
    value: 'NAME',
    says: ["the client's name, shown in the log (key), or", 'the name of the model (learn; default: house)'],
    of: ['key', 'learn'],
  },
  login: {
    type: 'string',
    multiple: true,
    value: 'FILE',
    says: ['the curl commands of the login, in order;', 'may be repeated'],
    of: ['learn'],
  },
  chat: {
    type: 'string',
    multiple: true,
    value: 'FILE',
    says: ['the curl command of a chat; repeated: with', 'and without a stream'],
    of: ['learn'],
  },
  poll: {
    type: 'string',
    multiple: true,
    value: 'FILE',
    says: ['the curl command that asks for the result', 'of a job'],
    of: ['learn'],
  },
  answers: {
    type: 'string',
    value: 'DIR',
    says: ['recorded responses: login.json, chat.json,', 'chat-2.sse, chat.error.json, …'],
    of: ['learn'],
  },
  run: {
    type: 'boolean',
    says: ['run the commands to get the responses; asks', 'first on a terminal'],
    of: ['learn'],
  },
  question: {
    type: 'string',
    value: 'TEXT',
    says: ['the question in the chat command, if it is', 'not recognised'],
    of: ['learn'],
  },
  out: { type: 'string', value: 'FILE', says: ['a new file for the YAML'], of: ['learn'] },
  models: {
    type: 'string',
    value: 'A,B',
    says: ['models or patterns that the key may use'],
    of: ['key'],
  },
  team: { type: 'string', value: 'NAME', says: ['the team of the key'], of: ['key'] },
  expires: {
    type: 'string',
    value: 'DATE',
    says: ['its last day, or an RFC 3339 time'],
    of: ['key'],
  },
  budget: {
    type: 'string',
    value: '20/month',
    says: ['US dollars per hour, day, week, month, year', 'or total'],
    of: ['key'],
  },
  'requests-per-minute': { type: 'string', value: 'N', says: ['also --rpm'], of: ['key'] },
  rpm: { type: 'string', alsoOf: ['key'] },
  'tokens-per-minute': { type: 'string', value: 'N', says: ['also --tpm'], of: ['key'] },
  tpm: { type: 'string', alsoOf: ['key'] },
  'max-concurrent': { type: 'string', value: 'N', says: ['calls at the same time'], of: ['key'] },
  admin: {
    type: 'boolean',
    says: ["may see others' usage and force tests"],
    of: ['key'],
  },
  key: {
    type: 'string',
    value: 'NAME',
    says: ['the name of the key that would call'],
    of: ['explain'],
  },
  keys: {
    type: 'string',
    value: 'FILE',
    says: ["LiteLLM's keys, as GET /key/list answers", 'with return_full_object=true'],
    of: ['import'],
  },
  json: {
    type: 'boolean',
    says: ['print JSON'],
    of: ['list', 'test', 'check', 'explain', 'doctor', 'try', 'usage', 'key'],
  },
  help: { type: 'boolean', short: 'h', says: ['show this help'] },
  version: { type: 'boolean', short: 'v', says: ['show the version'] },
} as const satisfies Record<string, OptionRule>;

export type Option = keyof typeof OPTIONS;

export function goesWith(option: Option, command: Mode | Command): boolean {
  const { of, alsoOf }: OptionRule = OPTIONS[option];
  if (of === undefined && alsoOf === undefined) return true;
  return of?.includes(command) === true || alsoOf?.includes(command) === true;
}
