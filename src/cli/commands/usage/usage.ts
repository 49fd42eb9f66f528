import { existsSync } from 'node:fs';
import { type UsageConfig } from '../../../config/usage.config.js';
import { plainJson, plainText } from '../../../telemetry/log/plain-text.js';
import { COUNTS, type Figures, figures } from '../../../usage/figures/figures.js';
import { type CliArguments } from '../../arguments.js';
import { CommandError } from '../../command-error.js';
import { loadWritten } from '../../gateway/load-gateway.js';
import { type Column, renderTable } from '../../terminal/table.js';
import { csvOf } from './csv.js';
import { readBy, readSince } from './usage-options.js';

const NUMBERS = [
  'requests',
  'errors',
  'prompt_tokens',
  'cached_tokens',
  'completion_tokens',
  'reasoning_tokens',
] as const satisfies readonly (keyof Figures)[];
/** Columns that are shown only if they are not 0. */
const FLAWS = ['estimated_requests', 'uncounted_requests', 'unpriced_requests'] as const;
const USD_DIGITS = 6;

/**
 * Shows the usage of calls from the store, even while gateways write to it.
 * @returns exit code
 * @throws UsageError, ConfigError, CommandError
 */
export async function runUsage({ configPath, isJson, usageOptions = {} }: CliArguments): Promise<number> {
  const { since, by, isCsv } = usageOptions;
  const groupBy = readBy(by);
  // Models and their secrets are not needed here.
  const { config, notices } = loadWritten({ configPath, isMissingAllowed: true });
  const unread = notices.unchecked.find(({ path }) => path === 'usage.store');
  if (unread !== undefined) throw new CommandError(`usage.store cannot be used: ${unread.message}`);
  const { time_zone: timeZone } = config.auth;
  const fromMs = readSince(since, timeZone);
  const rows = await read(config.usage, (store) => figures(store, { fromMs, groupBy }, timeZone));
  if (isJson) process.stdout.write(`${plainJson({ object: 'list', data: rows })}\n`);
  else if (isCsv === true) process.stdout.write(csvOf(rows, groupBy));
  else process.stdout.write(tableOf(rows, groupBy));
  return 0;
}

type Source = Parameters<typeof figures>[0];

/** @throws CommandError if there is no store, or it cannot be read */
async function read<Result>(usage: UsageConfig, work: (store: Source) => Promise<Result>): Promise<Result> {
  if (usage.store === undefined) {
    throw new CommandError(
      'the configuration has no usage.store, so that only the running gateway knows its usage: ask GET /v1/usage',
    );
  }
  const path = usage.filePath;
  if (path !== undefined && !existsSync(path))
    throw new CommandError(`nothing was recorded yet: ${path} does not exist`);
  const { openStore } = await import('../../../usage/store/open-store.js');
  const store = await openStore(usage, true);
  try {
    if (!(await store.isReady())) throw new CommandError('nothing was recorded yet: the store has no tables');
    return await work(store);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (error instanceof RangeError)
      throw new CommandError('--since is too long ago for --by day', { cause: error });
    throw new CommandError(`the store of usage cannot be read: ${reasonOf(error)}`, { cause: error });
  } finally {
    await store.close().catch(() => undefined);
  }
}

/** Omits the driver's message, which may repeat an address. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  return error instanceof Error ? plainText(error.message) : 'unknown error';
}

function tableOf(rows: readonly Figures[], groupBy: readonly string[]): string {
  const flaws = FLAWS.filter((name) => rows.some((row) => row[name] > 0));
  const columns: Column[] = [
    ...groupBy.map((name) => ({ title: name.toUpperCase() })),
    ...[...NUMBERS, ...flaws, 'cost_usd'].map((name) => ({ title: name.toUpperCase(), isNumber: true })),
  ];
  const lineOf = (names: readonly string[], row: Figures): string[] => [
    ...names,
    ...[...NUMBERS, ...flaws].map((name) => row[name].toLocaleString('en-US')),
    row.cost_usd === null ? '-' : row.cost_usd.toFixed(USD_DIGITS),
  ];
  const lines = rows.map((row) =>
    lineOf(groupBy.map((name) => row[name as keyof Figures] ?? '-').map(String), row),
  );
  if (rows.length > 1) lines.push(lineOf(['TOTAL', ...groupBy.slice(1).map(() => '')], totalOf(rows)));
  return renderTable(columns, lines);
}

function totalOf(rows: readonly Figures[]): Figures {
  const total = { ...rows[0]! };
  for (const name of COUNTS) total[name] = rows.reduce((sum, row) => sum + row[name], 0);
  const costs = rows.map(({ cost_usd: cost }) => cost).filter((cost) => cost !== null);
  return { ...total, cost_usd: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0) };
}
