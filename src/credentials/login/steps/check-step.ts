import { type ConfigReport } from '../../../config/rules/config-report.js';
import { checkHeaders } from '../../../config/loading/models/header-rules.js';
import { entriesOf } from '../../../config/loading/yaml/value-kind.js';
import { Expression, type ExpressionError } from '../../../expressions/expression.js';
import { type LoginStepConfig } from '../login.config.js';

export type ReportPath = readonly (string | number)[];

const EXPRESSIONS = ['body', 'success', 'message'] as const;
/** Names that already have a meaning in expressions. */
export const TAKEN_NAMES: ReadonlySet<string> = new Set([
  'username',
  'password',
  'refresh_token',
  'steps',
  'status',
  'headers',
  'cookies',
  'body',
  'token',
]);
const NAME = /^[A-Za-z_]\w*$/;
const HTTP = /^(https?:\/\/[^\s/]|sandbox:)\S*$/i;

/**
 * Checks one login step.
 * @param kept names that earlier steps keep; the names of this step are added
 */
export function checkStep(
  step: LoginStepConfig,
  at: ReportPath,
  kept: Set<string>,
  report: ConfigReport,
): void {
  if (typeof step.url === 'string') checkUrl(step.url, [...at, 'url'], kept, report);
  for (const key of EXPRESSIONS) checkExpression(step[key], [...at, key], report);
  if (step.body !== undefined) {
    for (const key of ['fields', 'username_field', 'password_field'] as const) {
      if (step[key] !== undefined)
        report.problem(
          [...at, key],
          'cannot be combined with body; expected body alone, which says all that is sent',
        );
    }
  }
  for (const [name, value] of entriesOf(step.fields)) {
    if (!['string', 'number', 'boolean'].includes(typeof value))
      report.problem(
        [...at, 'fields', name],
        'expected a string, a number or a flag; body is for what is nested or built',
      );
  }
  checkHeaders({ headers: step.headers }, below(at, report));
  for (const [name, value] of entriesOf(step.keep)) {
    const path = [...at, 'keep', name];
    if (!NAME.test(name))
      report.problem(path, 'is not a name that expressions can use, expected letters, digits and _');
    else if (TAKEN_NAMES.has(name)) report.problem(path, 'is a reserved name, expected another one');
    checkExpression(value, path, report);
    kept.add(name);
  }
}

function checkUrl(url: string, at: ReportPath, kept: ReadonlySet<string>, report: ConfigReport): void {
  for (const [, name = ''] of url.matchAll(/\{(\w*)\}/g)) {
    if (kept.has(name) || name === 'username') continue;
    const names = ['username', ...kept].join(', ');
    report.problem(at, `{${name}} is kept by no step before this one, expected one of ${names}`);
  }
  if (!/^[a-z][a-z\d+.-]*:/i.test(url)) return;
  const address = url.replaceAll(/[{}]/g, '_');
  if (!HTTP.test(url) || !URL.canParse(address))
    report.problem(at, 'expected an http:// or https:// address, or a path below base_url');
  else if (new URL(address).username + new URL(address).password !== '')
    report.problem(
      at,
      'contains a user name or password, expected them in fields of their own, not in the address',
    );
}

/** Compiles the expression, so that a mistake is found before the first call. */
export function checkExpression(source: unknown, at: ReportPath, report: ConfigReport): void {
  if (source === undefined) return;
  if (typeof source !== 'string') {
    report.problem(at, 'expected a JSONata expression (put it in quotes)');
    return;
  }
  try {
    Expression.compile(source);
  } catch (error) {
    const { message, position } = error as ExpressionError;
    report.problem(at, position === undefined ? message : `${message}, character ${position}`);
  }
}

export function below(at: ReportPath, report: ConfigReport): ConfigReport {
  const within = (key: string | ReportPath): ReportPath => [
    ...at,
    ...(typeof key === 'string' ? splitOnce(key) : key),
  ];
  return {
    problem: (key, message) => report.problem(within(key), message),
    warning: (key, message) => report.warning(within(key), message),
    absent: (key, what, message) => report.absent(within(key), what, message),
  };
}

/** A header name may contain dots. */
function splitOnce(key: string): string[] {
  const dot = key.indexOf('.');
  return dot < 0 ? [key] : [key.slice(0, dot), key.slice(dot + 1)];
}
