import { BUDGET_PERIODS, type BudgetPeriod, NO_CONTROL } from '../../config/auth.config.js';
import { type KeyOptions, UsageError } from '../arguments.js';

const USD_PER = new RegExp(`^(\\d+(?:\\.\\d+)?)/(${BUDGET_PERIODS.join('|')})$`);
const MOST_USD = 9_000_000;

/** The entry of `auth.api_keys` that the options of `key` describe. */
export interface NewKey {
  readonly name?: string;
  readonly models?: readonly string[];
  readonly team?: string;
  /** As given; the command checks that the date exists. */
  readonly expires?: string;
  readonly admin?: boolean;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly maxConcurrent?: number;
  readonly budget?: { readonly usd: number; readonly per: BudgetPeriod };
}

/** @throws UsageError */
export function newKeyOf(values: KeyOptions): NewKey {
  return {
    name: textOf(values, 'name'),
    models: modelsOf(values),
    team: textOf(values, 'team'),
    expires: textOf(values, 'expires'),
    admin: values['admin'] === true ? true : undefined,
    requestsPerMinute: countOf(values, 'requests-per-minute', 'rpm'),
    tokensPerMinute: countOf(values, 'tokens-per-minute', 'tpm'),
    maxConcurrent: countOf(values, 'max-concurrent'),
    budget: budgetOf(values),
  };
}

function textOf(values: KeyOptions, option: string): string | undefined {
  const text = values[option];
  if (typeof text !== 'string') return undefined;
  if (!NO_CONTROL.test(text))
    throw new UsageError(`--${option} must not be empty, nor contain control characters`);
  return text;
}

function modelsOf(values: KeyOptions): readonly string[] | undefined {
  const names = textOf(values, 'models')
    ?.split(',')
    .map((name) => name.trim());
  if (names?.includes('') === true)
    throw new UsageError('--models must be names or patterns with commas between them');
  return names;
}

function countOf(values: KeyOptions, option: string, short?: string): number | undefined {
  const [long, brief] = [values[option], short === undefined ? undefined : values[short]];
  if (long !== undefined && brief !== undefined)
    throw new UsageError(`--${option} and --${short} are the same, give one`);
  const text = long ?? brief;
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d+$/.test(String(text)) && count >= 1 && Number.isSafeInteger(count)) return count;
  throw new UsageError(
    `--${long === undefined ? short : option} must be a whole number of at least 1, not '${text}'`,
  );
}

function budgetOf(values: KeyOptions): NewKey['budget'] {
  const text = values['budget'];
  if (text === undefined) return undefined;
  const [, usd, per] = USD_PER.exec(String(text)) ?? [];
  if (Number(usd) >= 1e-9 && Number(usd) <= MOST_USD) return { usd: Number(usd), per: per as BudgetPeriod };
  throw new UsageError(
    `--budget must be US dollars per ${BUDGET_PERIODS.join(', ')}, such as 20/month, not '${text}'`,
  );
}
