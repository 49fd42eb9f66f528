import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CommandError } from '../command-error.js';
import { readCurl } from './curl/curl-command.js';
import { type CurlRequest } from './curl/curl-request.js';
import { type RecordedAnswer, readAnswer } from './curl/recorded-answer.js';
import { type Exchange } from './exchange.js';

export type Part = 'login' | 'chat' | 'poll';

/** The files of each option, in order. */
export type Files = Readonly<Record<Part, readonly string[]>>;

/** `chat.json`, `chat-2.sse`, `chat.error.json`: part, number and kind. */
const ANSWER_NAME = /^(login|chat|poll)(?:-(\d+))?(?:\.(error|expired|running|failed))?(?:\.[a-z]+)?$/;

/**
 * Reads the commands of all files; a file may hold several.
 * @throws CommandError with file and line
 */
export function readCommands(files: Files): Record<Part, CurlRequest[]> {
  const read = (paths: readonly string[]): CurlRequest[] =>
    paths.flatMap((path) =>
      readCurl(contentOf(path, 'the command'), path, (named) =>
        readFileSync(join(dirname(path), named), 'utf8'),
      ),
    );
  return { login: read(files.login), chat: read(files.chat), poll: read(files.poll) };
}

/**
 * Matches commands with recorded responses: the number of a response is that of the command within
 * its part.
 */
export function withAnswers(
  commands: Readonly<Record<Part, readonly CurlRequest[]>>,
  folder: string | undefined,
): Record<Part, Exchange[]> {
  const answers = folder === undefined ? new Map<string, RecordedAnswer>() : answersIn(folder, commands);
  const of = (part: Part): Exchange[] =>
    commands[part].map((request, index) => {
      const find = (kind: string): RecordedAnswer | undefined => answers.get(`${part} ${index + 1} ${kind}`);
      const kinds = ['error', 'expired', 'running', 'failed'].flatMap((kind) => {
        const answer = find(kind);
        return answer === undefined ? [] : [[kind, answer] as const];
      });
      return { request, answer: find(''), others: Object.fromEntries(kinds) };
    });
  return { login: of('login'), chat: of('chat'), poll: of('poll') };
}

function answersIn(
  folder: string,
  commands: Readonly<Record<Part, readonly CurlRequest[]>>,
): Map<string, RecordedAnswer> {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    throw unreadable(`the folder of responses ${folder}`, cause);
  }
  const answers = new Map<string, RecordedAnswer>();
  for (const name of names.toSorted()) {
    if (name.endsWith('.curl')) continue;
    const match = ANSWER_NAME.exec(name);
    if (match === null) continue;
    const [, part, number = '1', kind = ''] = match;
    const count = commands[part as Part].length;
    if (Number(number) < 1 || Number(number) > count)
      throw new CommandError(
        `${join(folder, name)}: there is no command ${number} of --${part!}; expected 1 to ${count}`,
      );
    const key = `${part!} ${number} ${kind}`;
    if (answers.has(key))
      throw new CommandError(
        `${join(folder, name)}: a second response to the same command, beside ${basename(answers.get(key)!.file)}`,
      );
    answers.set(key, readAnswer(contentOf(join(folder, name), 'the response'), join(folder, name)));
  }
  if (answers.size === 0)
    throw new CommandError(
      `${folder}: holds no response; expected names such as login.json, chat.json, chat-2.sse`,
    );
  return answers;
}

function contentOf(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unreadable(`${what} ${path}`, cause);
  }
}

function unreadable(what: string, cause: unknown): CommandError {
  return new CommandError(`cannot read ${what} (${(cause as NodeJS.ErrnoException).code})`, { cause });
}
