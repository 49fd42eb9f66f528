import { relative } from 'node:path';
import { ConfigError, type ConfigProblem, formatPlacedProblem } from '../../config/loading/config-error.js';
import { plainJson, plainText } from '../../telemetry/log/plain-text.js';
import { type CliArguments } from '../arguments.js';
import { loadWritten } from '../gateway/load-gateway.js';

/** The findings of a check, in file order. */
interface Findings {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  readonly unchecked: readonly ConfigProblem[];
  /** A summary of the configuration; undefined if it is invalid. */
  readonly holds?: string;
}

/** Validates the configuration and starts nothing. @returns exit code: 1 if there is a problem */
export function runCheck(args: CliArguments): number {
  const { path, findings } = findingsOf(args);
  const { problems, warnings, unchecked, holds } = findings;
  const isValid = problems.length === 0;
  if (args.isJson) {
    process.stdout.write(`${plainJson({ file: path, valid: isValid, problems, warnings, unchecked })}\n`);
    return isValid ? 0 : 1;
  }
  const lines = [
    ...problems,
    ...warnings.map((warning) => ({ ...warning, message: `warning: ${warning.message}` })),
    ...unchecked,
  ].toSorted(byPlace);
  process.stderr.write(plainText(lines.map((line) => `${formatPlacedProblem(line)}\n`).join('')));
  const counts = [
    isValid ? `valid, ${holds}` : count(problems.length, 'problem'),
    ...(warnings.length > 0 ? [count(warnings.length, 'warning')] : []),
    ...(unchecked.length > 0 ? [`${count(unchecked.length, 'value')} not checked`] : []),
  ];
  const summary = plainText(`${path}: ${counts.join(', ')}\n`);
  if (isValid) process.stdout.write(summary);
  else process.stderr.write(summary);
  return isValid ? 0 : 1;
}

function findingsOf(args: CliArguments): { readonly path: string; readonly findings: Findings } {
  const files = new Set<string>();
  try {
    const { path, notices, config } = loadWritten(args, files);
    // A key whose variable is not set is still part of the file.
    const uncheckedKeys = new Set(
      notices.unchecked.flatMap((each) => /^auth\.api_keys\[\d+\](?=$|\.key)/.exec(each.path)?.[0] ?? []),
    );
    const keys = config.auth.api_keys.length + uncheckedKeys.size;
    const holds = `${count(config.models.length, 'model')}, ${count(keys, 'key')}`;
    return { path, findings: { problems: [], ...notices, holds } };
  } catch (error) {
    const isConfig =
      error instanceof ConfigError && error.problems.some(({ file }) => file !== 'command line');
    if (!isConfig) throw error;
    const [path = ''] = files;
    return {
      path: args.configPath ?? relative('.', path),
      findings: { problems: error.problems, ...error.notices },
    };
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function byPlace(one: ConfigProblem, other: ConfigProblem): number {
  return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
}
