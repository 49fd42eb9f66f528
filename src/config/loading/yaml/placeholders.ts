import { resolve } from 'node:path';
import { isAbsent, readFailure, readText } from '../config-file.js';

/** Why a text could not be expanded. */
export interface FailedExpansion {
  readonly value?: undefined;
  readonly problem: string;
  /** The configuration is correct, but a variable or file is missing or unusable. */
  readonly isMissing: boolean;
  /** The missing variable or file. */
  readonly absent?: string;
}

/** The result of an expansion: the value, or the reason why there is none. */
export type Expansion = { readonly value: string; readonly problem?: undefined } | FailedExpansion;

const TOKEN = /\$\$\{|\$\{([^{}]*)\}|\$\{/g;
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;
const SINGLE = /^\$\{[^{}]*\}$/;
const FILE_PREFIX = 'file:';

// The message does not quote the text, which may be a password that contains "${".
const MALFORMED =
  'contains "${" in no known form, expected ${NAME}, ${NAME:-default} or ${file:/path}, or $${ for a literal ${';

/**
 * Variable references as shells, Kubernetes, Windows, LiteLLM and template engines write them; none
 * is expanded here.
 */
const FOREIGN: readonly (readonly [RegExp, string])[] = [
  [/^\$[A-Z][A-Z0-9_]{2,}$/, '$NAME'],
  [/^\$\([A-Za-z_]\w*\)$/, '$(NAME)'],
  [/^%[A-Z][A-Z0-9_]{2,}%$/, '%NAME%'],
  [/^os\.environ\/\w+$/, 'os.environ/NAME'],
  [/^\{\{.*\}\}$/, '{{ NAME }}'],
];

/** Names the syntax if the whole string is a variable reference of another tool. */
export function foreignReference(text: string): string | undefined {
  return FOREIGN.find(([pattern]) => pattern.test(text))?.[1];
}

/** Whether a string is exactly one placeholder; its value is then converted to the expected type. */
export function isSinglePlaceholder(text: string): boolean {
  return SINGLE.test(text);
}

/** Substitutes environment variables and files in strings. Substituted text is not expanded again. */
export class Placeholders {
  /** Every text read from a file; all are treated as secrets. */
  readonly fileTexts = new Set<string>();
  readonly #files = new Map<string, Expansion>();

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    /** Base of relative `${file:…}` paths. */
    private readonly folder: string,
    /** Receives the path of every file that is looked up, whether or not it exists. */
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
    return { problem, isMissing: true, absent: `the environment variable ${name} ${state}` };
  }

  #read(path: string): Expansion {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const expansion = this.#readOnce(path);
    this.#files.set(path, expansion);
    return expansion;
  }

  #readOnce(path: string): Expansion {
    const fail = (reason: string, absent?: string): Expansion => ({
      problem: `the file of \${file:…} cannot be used: ${reason}; expected one that contains the value`,
      isMissing: true,
      absent,
    });
    const file = resolve(this.folder, path);
    this.files.add(file);
    try {
      // Editors and `echo` end a file with a newline that is not part of the value.
      const value = readText(file).replace(/[\r\n]+$/, '');
      if (value === '') return fail('it is empty');
      this.fileTexts.add(value);
      return { value };
    } catch (error) {
      return fail(readFailure(error), isAbsent(error) ? 'the file of ${file:…} does not exist' : undefined);
    }
  }
}
