import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { basename } from 'node:path';
import { RequestProvider } from '../../providers/request/request.provider.js';
import { plainText } from '../../telemetry/log/plain-text.js';
import { type CliArguments } from '../arguments.js';
import { CommandError } from '../command-error.js';
import { type Exchange } from '../learning/exchange.js';
import { type Part, readCommands, withAnswers } from '../learning/exchanges.js';
import { type Findings } from '../learning/findings.js';
import { learn } from '../learning/learn.js';
import { runCommands } from '../learning/run-commands.js';
import { writeRecipe } from '../learning/write-recipe.js';

/**
 * Builds a model from curl commands: writes YAML to stdout or a file, and guesses with their
 * reasons to stderr.
 * @returns exit code
 */
export async function runLearn({ learnOptions }: CliArguments): Promise<number> {
  const { login, chat, poll, answersPath, isRun, question, name, outPath } = learnOptions!;
  const commands = readCommands({ login, chat, poll });
  let exchanges: Record<Part, Exchange[]>;
  if (isRun) {
    const hosts = [...new Set(Object.values(commands).flatMap((list) => list.map(({ url }) => url.host)))];
    await askLeave(`Run ${Object.values(commands).flat().length} commands against ${hosts.join(', ')}?`);
    exchanges = await runCommands(commands);
  } else exchanges = withAnswers(commands, answersPath);
  const knownPassword = process.env['LEARN_PASSWORD'];
  const { model, findings } = learn({
    ...exchanges,
    name,
    ...(question !== undefined && { question }),
    ...(knownPassword !== undefined && knownPassword !== '' && { knownPassword }),
  });
  const source = [...login, ...chat, ...poll].map((path) => basename(path)).join(', ');
  const yaml = findings.masked(writeRecipe(model, RequestProvider.type, findings, source));
  if (outPath === undefined) process.stdout.write(yaml);
  else write(outPath, yaml);
  process.stderr.write(plainText(findings.masked(report(findings, name, outPath))));
  return 0;
}

/**
 * On a terminal, nothing is sent before the user confirms; elsewhere, `--run` counts as
 * confirmation.
 * @throws CommandError
 */
async function askLeave(question: string): Promise<void> {
  if (!process.stdin.isTTY) return;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const word = await terminal.question(`${question} [y/N] `);
    if (!/^y(?:es)?$/i.test(word.trim())) throw new CommandError('nothing was run');
  } finally {
    terminal.close();
  }
}

/** @throws CommandError */
function write(path: string, yaml: string): void {
  try {
    writeFileSync(path, yaml, { flag: 'wx' });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CommandError(
      code === 'EEXIST'
        ? `${path} exists already; expected the name of a new file`
        : `cannot write ${path} (${code})`,
      { cause },
    );
  }
}

function optionalLines(variables: Findings['variables']): string[] {
  const optional = variables.filter(({ isOptional }) => isOptional === true);
  if (optional.length === 0) return [];
  return [
    'with a default, to set only for another value:',
    ...optional.map(({ name, hint }) => `  ${name} (${hint})`),
  ];
}

function report({ guesses, variables }: Findings, name: string, outPath: string | undefined): string {
  const unsure = guesses.filter(({ isSure }) => !isSure);
  const line = ({ key, says }: Findings['guesses'][number]): string =>
    `  ${key === undefined ? '' : `${key}: `}${says}`;
  return [
    'learned:',
    ...guesses.filter(({ isSure }) => isSure).map(line),
    ...(unsure.length === 0
      ? ['nothing is unsure']
      : ['unsure, also as comments in the YAML:', ...unsure.map(line)]),
    'to set before the start, for example in .env:',
    ...[
      'LLM_GATEWAY_KEY (key of the clients)',
      ...variables
        .filter(({ isOptional }) => isOptional !== true)
        .map(({ name, hint }) => `${name} (${hint})`),
    ].map((text) => `  ${text}`),
    ...optionalLines(variables),
    `next: llm-gateway check ${outPath ?? 'FILE'} --allow-missing-secrets, then: llm-gateway try ${name} --config ${outPath ?? 'FILE'}`,
    '',
  ].join('\n');
}
