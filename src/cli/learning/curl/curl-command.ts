import { CommandError } from '../../command-error.js';
import { type CurlOption, OPTIONS, REFUSED, REFUSED_VALUES, SHORT, WITHOUT_VALUE } from './curl-options.js';
import { type ShellCommand, type Word } from './shell-command.js';
import { shellCommands } from './shell-words.js';
import { type CurlRequest, bodyOf } from './curl-request.js';

/** @param read reads a file that a command names, relative to the command's own file */
export function readCurl(text: string, file: string, read: (path: string) => string): CurlRequest[] {
  const requests = shellCommands(text, file)
    .map((command) => ({ ...command, words: withoutPrompt(command.words) }))
    .filter(({ words, isPiped }) => words.length > 0 && isPiped !== true)
    .map((command) => new CurlReader(command, file, read).request());
  if (requests.length === 0)
    throw new CommandError(`${file}: holds no command; expected one that begins with curl`);
  return requests;
}

/** Documentation shows a prompt before commands, and shells accept assignments there. */
function withoutPrompt(words: readonly Word[]): readonly Word[] {
  const at = words.findIndex(({ text }) => !/^(?:[$>%]|sudo|[A-Za-z_]\w*=.*)$/s.test(text));
  return at < 0 ? [] : words.slice(at);
}

class CurlReader {
  readonly #headers = new Map<string, string>();
  readonly #cookies = new Map<string, string>();
  readonly #data: string[] = [];
  readonly #query: string[] = [];
  #method: string | undefined;
  #user: CurlRequest['user'];
  #address: Word | undefined;
  #isJson = false;
  #isGet = false;
  #isHead = false;
  #isInsecure = false;

  constructor(
    private readonly command: ShellCommand,
    private readonly file: string,
    private readonly read: (path: string) => string,
  ) {}

  request(): CurlRequest {
    const [first, ...words] = this.command.words;
    if (!/(?:^|[\\/])curl(?:\.exe)?$/i.test(first!.text))
      throw this.#error(
        first!.line,
        `expected a command that begins with curl, got "${first!.text.slice(0, 40)}"`,
      );
    for (let at = 0; at < words.length; at += 1) at += this.#take(words[at]!, words[at + 1]);
    if (this.#address === undefined) throw this.#error(first!.line, 'the command has no address');
    const data = this.#data.length > 0 ? this.#data.join(this.#isJson ? '' : '&') : undefined;
    if (this.#isGet && data !== undefined) this.#query.push(data);
    const bodyText = this.#isGet ? undefined : data;
    const type = this.#headers.get('content-type') ?? (this.#isJson ? 'application/json' : undefined);
    const body = bodyText === undefined ? undefined : bodyOf(bodyText, type);
    return {
      at: `${this.file}:${first!.line}`,
      method: (
        this.#method ?? (this.#isHead ? 'HEAD' : bodyText === undefined ? 'GET' : 'POST')
      ).toUpperCase(),
      url: this.#url(this.#address),
      headers: this.#headers,
      cookies: this.#cookies,
      ...(this.#user && { user: this.#user }),
      ...(body && { body, bodyText: bodyText! }),
      isUntypedJson: body?.kind === 'json' && type === undefined,
      isInsecure: this.#isInsecure,
    };
  }

  /** @returns the number of further words that it consumed */
  #take(word: Word, following: Word | undefined): number {
    const { text, line } = word;
    if (text === '--' || text === '') return 0;
    if (!text.startsWith('-') || text === '-') {
      if (this.#address !== undefined)
        throw this.#error(line, `a second address, "${text.slice(0, 60)}"; is a quote missing before it?`);
      this.#address = word;
      return 0;
    }
    if (text.startsWith('--')) return this.#takeLong(text.slice(2), word, following, undefined);
    for (let at = 1; at < text.length; at += 1) {
      const name = SHORT[text[at]!];
      if (name === undefined)
        throw this.#error(line, `-${text[at]}: not an option of curl that is known here`);
      const rest = text.slice(at + 1);
      const isFlag = OPTIONS[name] !== undefined && WITHOUT_VALUE.has(OPTIONS[name]);
      if (!isFlag && !(name in REFUSED && !REFUSED_VALUES.has(name)))
        return this.#takeLong(name, word, following, rest === '' ? undefined : rest);
      this.#takeLong(name, word, following, undefined);
    }
    return 0;
  }

  #takeLong(written: string, word: Word, following: Word | undefined, own: string | undefined): number {
    const { line } = word;
    const [name, inline] = own === undefined ? splitOnce(written, '=') : [written, own];
    const refused = REFUSED[name];
    if (refused !== undefined) throw this.#error(line, `--${name}: ${refused}`);
    const kind = OPTIONS[name] ?? (OPTIONS[name.replace(/^no-/, '')] === undefined ? undefined : 'flag');
    if (kind === undefined) throw this.#error(line, `--${name}: not an option of curl that is known here`);
    if (WITHOUT_VALUE.has(kind)) {
      this.#switch(kind);
      return 0;
    }
    const value = inline === undefined ? following : { ...word, text: inline };
    if (value === undefined)
      throw this.#error(line, `--${name}: its value is missing; was the command cut off?`);
    this.#set(kind, name, value);
    return inline === undefined ? 1 : 0;
  }

  #switch(kind: CurlOption): void {
    if (kind === 'get') this.#isGet = true;
    else if (kind === 'head') this.#isHead = true;
    else if (kind === 'insecure') this.#isInsecure = true;
  }

  #set(kind: CurlOption, name: string, word: Word): void {
    const { text: value, line } = word;
    switch (kind) {
      case 'header':
        return this.#header(value, line);
      case 'data':
      case 'data-binary':
        this.#data.push(value.startsWith('@') ? this.#fileOf(value.slice(1), line, kind === 'data') : value);
        return;
      case 'data-raw':
        this.#data.push(value);
        return;
      case 'json':
        this.#isJson = true;
        this.#data.push(value.startsWith('@') ? this.#fileOf(value.slice(1), line, false) : value);
        return;
      case 'data-urlencode':
        this.#data.push(this.#encoded(value, line));
        return;
      case 'url-query':
        this.#query.push(value.startsWith('+') ? value.slice(1) : this.#encoded(value, line));
        return;
      case 'method':
        this.#method = value;
        return;
      case 'user':
        this.#user = userOf(value);
        return;
      case 'cookie':
        if (!value.includes('='))
          throw this.#error(
            line,
            `--cookie: reads a file of cookies; expected them in the command, as name=value`,
          );
        return this.#addCookies(value);
      case 'user-agent':
        this.#headers.set('user-agent', value);
        return;
      case 'bearer':
        this.#headers.set('authorization', `Bearer ${value}`);
        return;
      case 'url':
        if (this.#address !== undefined) throw this.#error(line, `--${name}: a second address`);
        this.#address = word;
        return;
      default:
        return;
    }
  }

  #header(value: string, line: number): void {
    if (value.startsWith('@'))
      throw this.#error(line, '--header: reads a file; expected the header in the command');
    // `Name;` sends a header without a value, `Name:` removes one of curl's own.
    if (/^[^:]+;$/.test(value)) return;
    const [name, content] = splitOnce(value, ':');
    if (content === undefined)
      throw this.#error(
        line,
        `--header: expected "Name: value", got a text without a colon; is a quote missing?`,
      );
    const text = content.trim();
    const lower = name.trim().toLowerCase();
    if (lower === 'cookie') this.#addCookies(text);
    else if (lower === 'authorization' && /^basic\s/i.test(text)) {
      const pair = Buffer.from(text.slice(6).trim(), 'base64').toString();
      this.#user = userOf(pair.includes(':') ? pair : text.slice(6).trim());
    } else if (text !== '') this.#headers.set(lower, text);
  }

  #addCookies(text: string): void {
    for (const pair of text.split(';')) {
      const [name, value] = splitOnce(pair.trim(), '=');
      if (name !== '' && value !== undefined) this.#cookies.set(name, value);
    }
  }

  /** `content`, `=content`, `name=content`, `@file`, `name@file` */
  #encoded(value: string, line: number): string {
    const [, name = '', mark, content = ''] = /^([^=@]*)([=@])?([^]*)$/.exec(value)!;
    if (mark === undefined) return encodeURIComponent(name);
    const text = mark === '@' ? this.#fileOf(content, line, false) : content;
    return `${name === '' ? '' : `${name}=`}${encodeURIComponent(text)}`;
  }

  #fileOf(path: string, line: number, isJoined: boolean): string {
    let text = path === '-' ? this.command.input : undefined;
    if (path === '-' && text === undefined)
      throw this.#error(line, '--data: reads its standard input; expected the data in the command');
    try {
      text ??= this.read(path);
    } catch (cause) {
      const { code = 'unreadable' } = cause as NodeJS.ErrnoException;
      throw this.#error(line, `--data: cannot read ${path} (${code})`, cause);
    }
    return isJoined ? text.replaceAll(/[\r\n]/g, '') : text;
  }

  #url({ text, line, variable }: Word): URL {
    if (variable !== undefined)
      throw this.#error(
        line,
        `the address contains the shell variable ${variable}, whose value is not known here; expected the value in its place`,
      );
    const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
    if (!URL.canParse(address)) throw this.#error(line, `"${text.slice(0, 80)}" is not an address`);
    const url = new URL(address);
    if (!/^https?:$/.test(url.protocol))
      throw this.#error(line, `expected an http:// or https:// address, got ${url.protocol}//`);
    if (url.username !== '') {
      this.#user ??= { name: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
      url.username = '';
      url.password = '';
    }
    for (const part of this.#query) url.search += `${url.search === '' ? '' : '&'}${part}`;
    url.hash = '';
    return url;
  }

  #error(line: number, problem: string, cause?: unknown): CommandError {
    return new CommandError(`${this.file}:${line}: ${problem}`, { cause });
  }
}

function userOf(pair: string): NonNullable<CurlRequest['user']> {
  const [name, password = ''] = splitOnce(pair, ':');
  return { name, password };
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
