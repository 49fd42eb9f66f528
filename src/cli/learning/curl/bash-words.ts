import { CommandError } from '../../command-error.js';
import { type ShellCommand, type Word } from './shell-command.js';

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  e: '\x1b',
  E: '\x1b',
};
const BLANK = /[ \t]/;
const ENDS = /[;&|\n]/;
const VARIABLE = /^\$(?:[A-Za-z_]\w*|\{[A-Za-z_][^}]*\})/;

/** Reads commands as Bash does: https://www.gnu.org/software/bash/manual/html_node/Quoting.html */
export class BashReader {
  #at = 0;
  #line = 1;
  #words: Word[] = [];
  #input: string | undefined;
  #variable: string | undefined;
  #isPiped = false;
  readonly #commands: ShellCommand[] = [];

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  commands(): ShellCommand[] {
    for (;;) {
      const char = this.text[this.#at];
      if (char === undefined) break;
      if (BLANK.test(char)) this.#next();
      else if (char === '\\' && this.text[this.#at + 1] === '\n') this.#skip(2);
      else if (char === '#') this.#skipComment();
      else if (ENDS.test(char)) {
        this.#end();
        const isPipe = char === '|' && this.text[this.#at + 1] !== '|' && this.text[this.#at - 1] !== '|';
        this.#next();
        // A command may begin on the line after the pipe.
        this.#isPiped = isPipe || (this.#isPiped && char === '\n');
      } else if (char === '<' || char === '>') this.#redirect();
      else this.#word();
    }
    this.#end();
    return this.#commands;
  }

  #end(): void {
    if (this.#words.length > 0) {
      this.#commands.push({
        words: this.#words,
        ...(this.#input !== undefined && { input: this.#input }),
        ...(this.#isPiped && { isPiped: true }),
      });
      this.#isPiped = false;
    }
    this.#words = [];
    this.#input = undefined;
  }

  #next(): string {
    const char = this.text[this.#at++]!;
    if (char === '\n') this.#line += 1;
    return char;
  }

  #skip(count: number): void {
    for (let done = 0; done < count; done += 1) this.#next();
  }

  #skipComment(): void {
    while (this.#at < this.text.length && this.text[this.#at] !== '\n') this.#next();
  }

  #word(): void {
    const line = this.#line;
    let text = '';
    this.#variable = undefined;
    for (;;) {
      const char = this.text[this.#at];
      if (char === undefined || BLANK.test(char) || ENDS.test(char) || char === '<' || char === '>') break;
      text += this.#piece();
    }
    this.#words.push({ text, line, ...(this.#variable !== undefined && { variable: this.#variable }) });
  }

  /** The next character, or the next quoted part. */
  #piece(): string {
    const from = this.#line;
    this.#noteVariable();
    const char = this.#next();
    if (char === '\\') {
      const escaped = this.#at < this.text.length ? this.#next() : '\\';
      return escaped === '\n' ? '' : escaped;
    }
    if (char === "'") return this.#until("'", from, () => undefined);
    if (char === '"') return this.#doubleQuoted(from);
    if (char === '$' && this.text[this.#at] === "'") {
      this.#next();
      return this.#until("'", from, () => this.#ansiEscape());
    }
    if (char === '$' && this.text[this.#at] === '"') {
      this.#next();
      return this.#doubleQuoted(from);
    }
    if (char === '`' || (char === '$' && this.text[this.#at] === '(')) throw this.#substitution(from);
    return char;
  }

  #doubleQuoted(from: number): string {
    return this.#until('"', from, (char) => {
      if (char === '`' || (char === '$' && this.text[this.#at + 1] === '('))
        throw this.#substitution(this.#line);
      this.#noteVariable();
      if (char !== '\\') return undefined;
      const escaped = this.text[this.#at + 1] ?? '';
      if (!/[$`"\\\n]/.test(escaped)) return undefined;
      this.#skip(2);
      return escaped === '\n' ? '' : escaped;
    });
  }

  #noteVariable(): void {
    if (this.text[this.#at] === '$')
      this.#variable ??= VARIABLE.exec(this.text.slice(this.#at, this.#at + 100))?.[0];
  }

  /**
   * @param special reads a special sequence at this place and returns its meaning; undefined for an
   * ordinary character
   */
  #until(quote: string, from: number, special: (char: string) => string | undefined): string {
    let text = '';
    for (;;) {
      const char = this.text[this.#at];
      if (char === undefined)
        throw new CommandError(
          `${this.file}:${from}: the quote ${quote} is not closed; was the command cut off?`,
        );
      const meant = special(char);
      if (meant !== undefined) text += meant;
      else if (char === quote) {
        this.#next();
        return text;
      } else text += this.#next();
    }
  }

  /** https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html */
  #ansiEscape(): string | undefined {
    const rest = this.text.slice(this.#at, this.#at + 10);
    if (!rest.startsWith('\\')) return undefined;
    const code = /^\\(?:x([\da-f]{1,2})|u([\da-f]{1,4})|U([\da-f]{1,8})|([0-7]{1,3}))/i.exec(rest);
    if (code !== null && !rest.startsWith('\\X')) {
      this.#skip(code[0].length);
      const [, hex, short, long, octal] = code;
      return String.fromCodePoint(parseInt(hex ?? short ?? long ?? octal!, octal === undefined ? 16 : 8));
    }
    const letter = rest[1] ?? '';
    this.#skip(Math.min(2, rest.length));
    return ESCAPES[letter] ?? (/[\\'"?]/.test(letter) ? letter : `\\${letter}`);
  }

  /**
   * Skips a redirection, because files are neither written nor read; a here-document is the
   * command's input.
   */
  #redirect(): void {
    const mark = /^<<-?[ \t]*(['"]?)([A-Za-z_]\w*)\1/.exec(this.text.slice(this.#at));
    if (mark !== null) {
      this.#hereDocument(mark[0].length, mark[2]!);
      return;
    }
    const file = /^[<>&]+[ \t]*[^\s;|]*/.exec(this.text.slice(this.#at))![0];
    this.#skip(file.length);
    // `2>file`: the number belongs to the redirection.
    if (/^\d$/.test(this.#words.at(-1)?.text ?? '') && this.text[this.#at - file.length - 1] !== ' ')
      this.#words.pop();
  }

  #hereDocument(length: number, word: string): void {
    const rest = this.text.slice(this.#at + length);
    const start = rest.indexOf('\n') + 1;
    const end = new RegExp(`^\\t*${word}[ \\t]*$`, 'm').exec(rest.slice(start));
    if (start === 0 || end === null)
      throw new CommandError(`${this.file}:${this.#line}: the here-document has no line ${word} at its end`);
    this.#input = rest.slice(start, start + end.index);
    this.#skip(length + start + end.index + end[0].length);
  }

  #substitution(line: number): CommandError {
    return new CommandError(
      `${this.file}:${line}: the command runs another one (\`…\` or $(…)), which is not done here; expected its result in its place`,
    );
  }
}
