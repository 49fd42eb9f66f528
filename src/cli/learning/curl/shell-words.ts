import { BashReader } from './bash-words.js';
import { cmdCommands } from './cmd-words.js';
import { type ShellCommand } from './shell-command.js';

/**
 * Splits a file into the words of its commands, with the rules of the shell for which it was
 * copied: bash, or cmd.exe of Windows, which is recognised by its carets. Variables are not
 * expanded.
 * @param file for messages
 * @throws CommandError with the line
 */
export function shellCommands(text: string, file: string): ShellCommand[] {
  const plain = text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n');
  return isForCmd(plain) ? cmdCommands(plain, file) : new BashReader(plain, file).commands();
}

/** A caret at the end of a line or before a quote, which would be useless in bash. */
function isForCmd(text: string): boolean {
  return /\^\n/.test(text) || /(?:^|[\s(])\^"/.test(text);
}
