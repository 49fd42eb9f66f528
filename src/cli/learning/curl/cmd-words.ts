import { CommandError } from '../../command-error.js';
import { type ShellCommand, type Word } from './shell-command.js';

interface Character {
  readonly char: string;
  readonly line: number;
  /** Escaped: it has no special meaning for the shell. */
  readonly isPlain: boolean;
}

/**
 * Reads commands in two steps, as Windows does: cmd.exe removes carets, then the program splits the
 * line into words.
 */
export function cmdCommands(text: string, file: string): ShellCommand[] {
  const commands: Character[][] = [[]];
  let line = 1;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '^' && !isQuoted) {
      at += 1;
      let escaped = text[at] ?? '';
      // A caret at the end of a line joins it to the next one; of two line breaks, the second is
      // literal.
      if (escaped === '\n') {
        line += 1;
        at += 1;
        escaped = text[at] ?? '';
        if (escaped !== '\n') {
          at -= 1;
          continue;
        }
      }
      commands.at(-1)!.push({ char: escaped, line, isPlain: true });
      if (escaped === '\n') line += 1;
      continue;
    }
    if (char === '"') isQuoted = !isQuoted;
    if (char === '\n' || (char === '&' && !isQuoted)) {
      isQuoted = false;
      commands.push([]);
    } else commands.at(-1)!.push({ char, line, isPlain: false });
    if (char === '\n') line += 1;
  }
  return commands
    .map((command) => ({ words: cmdWords(command, file) }))
    .filter(({ words }) => words.length > 0);
}

/**
 * Splits a command into words:
 * https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 */
function cmdWords(characters: readonly Character[], file: string): Word[] {
  const words: Word[] = [];
  let word: { text: string; line: number } | undefined;
  let quotedFrom: number | undefined;
  for (let at = 0; at < characters.length; at += 1) {
    const { char, line } = characters[at]!;
    if (quotedFrom === undefined && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= { text: '', line };
    let slashes = 0;
    while (characters[at + slashes]?.char === '\\') slashes += 1;
    const isBeforeQuote = slashes > 0 && characters[at + slashes]?.char === '"';
    if (isBeforeQuote) {
      word.text += '\\'.repeat(Math.floor(slashes / 2));
      at += slashes - 1;
      if (slashes % 2 === 0) continue;
      word.text += '"';
      at += 1;
    } else if (char === '"') {
      if (quotedFrom !== undefined && characters[at + 1]?.char === '"') {
        word.text += '"';
        at += 1;
      } else quotedFrom = quotedFrom === undefined ? line : undefined;
    } else word.text += char;
  }
  if (quotedFrom !== undefined)
    throw new CommandError(`${file}:${quotedFrom}: the quote " is not closed; was the command cut off?`);
  if (word !== undefined) words.push(word);
  return words;
}
