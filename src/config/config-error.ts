/** One error in the configuration. */
export interface ConfigProblem {
  /** The file as the user named it, or `environment`, or `command line`. */
  readonly file: string;
  /** Counted from 1; absent when the problem has no line. */
  readonly line?: number;
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

/** The configuration is invalid. The message lists every problem, one per line. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], cause?: unknown) {
    super(problems.map(formatProblem).join('\n'), { cause });
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
