/** The modes, with their descriptions for `--help`. */
export const MODES = {
  server: ['serve the HTTP API until a signal arrives (default)'],
  local: ['one chat in the terminal, without a server'],
  list: ['show every configured model'],
  test: [
    'test every deployment of every enabled model, or of the one given',
    'by --model, with the smallest call of what it does',
  ],
} as const satisfies Record<string, readonly string[]>;

/** The commands, with their descriptions for `--help`. */
export const COMMANDS = {
  check: ['validate the configuration without starting anything'],
  explain: ['say where a call to a model would go, and under which limits', 'and prices; calls nothing'],
  doctor: [
    'check Node, port, store, Redis, proxy, and each service: name,',
    'connection, TLS, clock, and the probe of its models',
  ],
  schema: ['print the JSON Schema of the configuration, for editors'],
  try: [
    'show one call step by step: login, request, what the format of the',
    'service cannot express, response and the result of each expression;',
    'secrets are masked',
  ],
  import: [
    'write the configuration of LiteLLM, one-api or new-api as YAML,',
    'and list what cannot be carried',
  ],
  learn: [
    'make a model out of curl commands, as a browser copies them, and of',
    'their responses: YAML to stdout, each guess and its reason to stderr',
  ],
  usage: ['show what calls used and cost, from the configured store'],
  key: ['generate an API key, and the lines for the configuration'],
  sandbox: ['run only the built-in sandbox, a simulated model service'],
} as const satisfies Record<string, readonly string[]>;

/** Modes that can also be given as a command. */
export const MODE_WORDS = {
  list: 'list',
  test: 'test',
  chat: 'local',
} as const satisfies Record<string, keyof typeof MODES>;

/** The operands of a word, as shown in `--help`; optional ones are in brackets. */
export const OPERANDS: Readonly<Partial<Record<Command | ModeWord, string>>> = {
  check: '[FILE]',
  explain: 'MODEL',
  try: 'MODEL',
  import: 'FROM FILE',
  test: '[MODEL]',
  chat: '[MODEL]',
};

export type ModeWord = keyof typeof MODE_WORDS;
export type Mode = keyof typeof MODES;
export type Command = keyof typeof COMMANDS;
/** A word with which the command line may begin. */
export type Word = Command | ModeWord;

export function isModeWord(word: Word): word is ModeWord {
  return Object.hasOwn(MODE_WORDS, word);
}
