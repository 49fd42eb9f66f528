import { resolve } from 'node:path';
import { readFailure, readText } from './config-file.js';

/** What became of a string: its value, or why there is none. */
export type Expansion =
  | { readonly value: string; readonly problem?: undefined }
  | {
      readonly value?: undefined;
      readonly problem: string;
      /** The file is right, the machine lacks something. */
      readonly isMissing: boolean;
    };

const TOKEN = /\$\$\{|\$\{([^{}]*)\}|\$\{/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;
const SINGLE = /^\$\{[^{}]*\}$/;
const FILE_PREFIX = 'file:';

// The text itself stays out: it may be a password that happens to hold "${".
const MALFORMED =
  'holds "${" without a known form, expected ${NAME}, ${NAME:-default} or ${file:/path}, or $${ for a literal ${';

/** Whether a string is one placeholder and nothing else, and so takes the type that is expected in its place. */
export function isSinglePlaceholder(text: string): boolean {
  return SINGLE.test(text);
}

/** Puts environment variables and files into strings. What is put in is not looked at again. */
export class Placeholders {
  /** Every text that came from a file: such files exist to hold secrets. */
  readonly fileTexts = new Set<string>();
  readonly #files = new Map<string, Expansion>();

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    /** Relative `${file:…}` paths count from here. */
    private readonly folder: string,
    /** Gets the path of every file that is asked for, whether it is there or not. */
    readonly files: Set<string> = new Set(),
  ) {}

  expand(text: string): Expansion {
    if (!text.includes('${')) return { value: text };
    let failure: Expansion | undefined;
    const value = text.replace(TOKEN, (token: string, body: string | undefined) => {
      if (token === '$${') return '${';
      const part = body === undefined ? { problem: MALFORMED, isMissing: false } : this.#evaluate(body);
      if (part.problem === undefined) return part.value;
      failure ??= part;
      return '';
    });
    return failure ?? { value };
  }

  #evaluate(body: string): Expansion {
    if (body.startsWith(FILE_PREFIX)) return this.#read(body.slice(FILE_PREFIX.length));
    const match = VARIABLE.exec(body);
    if (match === null) return { problem: MALFORMED, isMissing: false };
    const [, name = '', fallback] = match;
    const value = this.env[name];
    if (value !== undefined && value !== '') return { value };
    if (fallback !== undefined) return { value: fallback };
    const state = value === undefined ? 'is not set' : 'is empty';
    const problem = `the environment variable ${name} ${state}, expected a value (or a default: \${${name}:-default})`;
    return { problem, isMissing: true };
  }

  #read(path: string): Expansion {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const expansion = this.#readOnce(path);
    this.#files.set(path, expansion);
    return expansion;
  }

  #readOnce(path: string): Expansion {
    const fail = (reason: string): Expansion => ({
      problem: `the file of \${file:…} cannot be used: ${reason}; expected one that holds the value`,
      isMissing: true,
    });
    const file = resolve(this.folder, path);
    this.files.add(file);
    try {
      // Editors and `echo` end a file with a newline that nobody means.
      const value = readText(file).replace(/[\r\n]+$/, '');
      if (value === '') return fail('it is empty');
      this.fileTexts.add(value);
      return { value };
    } catch (error) {
      return fail(readFailure(error));
    }
  }
}
