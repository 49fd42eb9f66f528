import { displayWidth } from './terminal/display-width.js';
import { OPTIONS, type OptionRule } from './options.js';
import { COMMANDS, MODE_WORDS, MODES, OPERANDS, type Word, isModeWord } from './command-words.js';

const NAME_WIDTH = 18;
const TEXT_WIDTH = 42;
const USERS_WIDTH = 38;

/** The output of `--help`. */
export const HELP = `One OpenAI-compatible API for all model services of a team.

Usage: llm-gateway [--mode MODE] [options]
       llm-gateway COMMAND [options]
       llm-gateway help [COMMAND]

Modes:
${entries(MODES, (mode) => `--mode ${mode}`)}
  As words: ${Object.keys(MODE_WORDS).map(withOperand).join(', ')}; chat is a conversation, or with --message one call.

Commands:
${entries(COMMANDS, withOperand)}

Options:
${Object.entries(OPTIONS).flatMap(optionLines).join('\n')}

Examples:
  llm-gateway --port 8080
  llm-gateway --mode local --model gpt-4 --message "Who are you?"
  llm-gateway --mode local --interactive
  llm-gateway --mode test --json
  llm-gateway try custom-model --dry-run
  llm-gateway try gpt-4 --dialect messages --stream
  llm-gateway sandbox --port 9100 --faults examples/faults.yaml
  llm-gateway import litellm config.yaml > models.yaml
  llm-gateway learn --login login.curl --chat chat.curl --answers answers --name house
  llm-gateway check config/models.yaml --allow-missing-secrets
  npm start -- --mode list

Environment:
  PORT                port to listen on; --port overrides it, it overrides the file
  LLM_GATEWAY_CONFIG  configuration file; --config overrides it
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                      proxies for models without their own 'proxy'

The default configuration file is config/models.yaml.
Responses go to stdout, errors to stderr. Exit codes: 0 success, 1 failure, 2 wrong arguments.
`;

/** The output of `help COMMAND` and `COMMAND --help`. */
export function helpOf(word: Word): string {
  const command = isModeWord(word) ? MODE_WORDS[word] : word;
  const lines = isModeWord(word) ? MODES[MODE_WORDS[word]] : COMMANDS[word];
  const options = Object.entries<OptionRule>(OPTIONS)
    .filter(([, { says, of }]) => says !== undefined && of?.includes(command) !== false)
    .map(([name, rule]): [string, OptionRule] => [name, { ...rule, of: undefined }]);
  return `Usage: llm-gateway ${withOperand(word)} [options]

${lines.map((line) => `  ${line}`).join('\n')}

Options:
${options.flatMap(optionLines).join('\n')}

'llm-gateway --help' shows all commands and options.
`;
}

function withOperand(word: string): string {
  const operand = (OPERANDS as Readonly<Record<string, string | undefined>>)[word];
  return operand === undefined ? word : `${word} ${operand}`;
}

function entries(
  words: Readonly<Record<string, readonly string[]>>,
  nameOf: (word: string) => string,
): string {
  return Object.entries(words)
    .flatMap(([word, lines]) => lines.map((line, at) => row(at === 0 ? nameOf(word) : '', line)))
    .join('\n');
}

function optionLines([name, { short, value, says = [], of }]: [string, OptionRule]): string[] {
  const written = `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
  const [first = '', ...further] = of === undefined ? [] : wrapped(users(of));
  const lines = says.map((line, at) => {
    return row(at === 0 ? written : '', line, at === says.length - 1 ? first : '');
  });
  return [...lines, ...further.map((line) => row('', '', line))];
}

/** Wraps a list of words into lines. */
function wrapped(list: string): string[] {
  const lines: string[] = [];
  for (const word of list.split(', ')) {
    const longer = `${lines.at(-1)}, ${word}`;
    if (lines.length > 0 && longer.length < USERS_WIDTH) lines[lines.length - 1] = longer;
    else {
      if (lines.length > 0) lines[lines.length - 1] += ',';
      lines.push(word);
    }
  }
  return lines;
}

/** The modes and commands that accept an option; `all modes` abbreviates them. */
function users(of: readonly string[]): string {
  const modes = Object.keys(MODES);
  if (!modes.every((mode) => of.includes(mode))) return of.join(', ');
  return ['all modes', ...of.filter((name) => !modes.includes(name))].join(', ');
}

function row(name: string, text: string, user = ''): string {
  const gap = ' '.repeat(Math.max(1, TEXT_WIDTH - displayWidth(text)));
  // A long name gets a line of its own.
  const start = name.length < NAME_WIDTH ? name.padEnd(NAME_WIDTH) : `${name}\n${' '.repeat(NAME_WIDTH + 2)}`;
  return `  ${start}${text}${user === '' ? '' : gap + user}`;
}
