/** One error in the configuration. */
export interface ConfigProblem {
  /** The file as the user named it, or `environment`, or `command line`. */
  readonly file: string;
  /** Counted from 1; absent when the problem has no line. */
  readonly line?: number;
  /** Counted from 1, in UTF-16 code units; absent without a line. */
  readonly column?: number;
  /** Such as `models.openai[0].base_url`; empty when the problem concerns the whole file. */
  readonly path: string;
  /** What is wrong and what is expected; never contains a configured value that may be a secret. */
  readonly message: string;
}

/** `file:line: path: message`, the form that editors and terminals make clickable. */
export function formatProblem({ file, line, path, message }: ConfigProblem): string {
  return [line === undefined ? file : `${file}:${line}`, path, message]
    .filter((part) => part !== '')
    .join(': ');
}

/** Like `formatProblem`, with the column: `file:line:column: path: message`. */
export function formatPlacedProblem(problem: ConfigProblem): string {
  const { file, line, column } = problem;
  if (line === undefined || column === undefined) return formatProblem(problem);
  return formatProblem({ ...problem, file: `${file}:${line}`, line: column });
}

/** What a load found besides problems. */
export interface LoadNotices {
  /** Settings that work, but probably not as intended. */
  readonly warnings: readonly ConfigProblem[];
  /** Values that depend on an absent variable or file, where those are allowed. */
  readonly unchecked: readonly ConfigProblem[];
}

const NO_NOTICES: LoadNotices = { warnings: [], unchecked: [] };

/** The configuration is invalid. The message lists every problem, one per line. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(
    problems: readonly ConfigProblem[],
    cause?: unknown,
    readonly notices: LoadNotices = NO_NOTICES,
  ) {
    super(problems.map(formatProblem).join('\n'), { cause });
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
