import { type Kysely, type Migration, type RawBuilder } from 'kysely';
import { type CallColumn } from '../call-row.js';
import { type Dimension, type Measure } from '../totals.js';

export const CALLS = 'usage_calls';
export const TOTALS = 'usage_totals';
export const MIGRATION_TABLES = {
  migrationTableName: 'usage_migrations',
  migrationLockTableName: 'usage_migrations_lock',
} as const;

/** The tables as the newest migration leaves them. */
export interface UsageSchema {
  usage_calls: Record<CallColumn, string | number | null>;
  usage_totals: Record<'at' | Measure, number> & Record<Dimension, string>;
}

const TEXTS = [
  'request_id',
  'key',
  'team',
  'model',
  'served_model',
  'deployment',
  'operation',
  'dialect',
  'upstream_dialect',
  'error',
  'price',
  'trace_id',
];
const NUMBERS = [
  'stream',
  'status',
  'attempts',
  'prompt_tokens',
  'completion_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'long_cache_write_tokens',
  'reasoning_tokens',
  'audio_input_tokens',
  'image_input_tokens',
  'audio_output_tokens',
  'image_output_tokens',
  'images',
  'searches',
  'estimated',
  'uncounted',
  'cost_nano',
];
const FRACTIONS = ['seconds', 'duration_ms', 'first_token_ms'];
const NAMES = ['key', 'team', 'model', 'operation', 'error'];
const SUMS = [
  'requests',
  'errors',
  'prompt_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'completion_tokens',
  'reasoning_tokens',
  'estimated_requests',
  'uncounted_requests',
  'priced_requests',
  'unpriced_requests',
  'cost_nano',
];

/** How an SQL dialect keeps a table in the order of its primary key, without a second index; absent where it cannot. */
export type TableEnd = RawBuilder<unknown> | undefined;

/**
 * One row a call, in order of time: the only index that writing has to keep. The names of totals are empty where a
 * call has none, because a primary key has no nulls.
 */
async function createTables(db: Kysely<never>, tableEnd: TableEnd): Promise<void> {
  let calls = db.schema
    .createTable(CALLS)
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull());
  for (const name of TEXTS) calls = calls.addColumn(name, 'text');
  for (const name of NUMBERS) calls = calls.addColumn(name, 'bigint');
  for (const name of FRACTIONS) calls = calls.addColumn(name, 'double precision');
  calls = calls.addPrimaryKeyConstraint('usage_calls_pk', ['at', 'id'] as never);
  await (tableEnd === undefined ? calls : calls.modifyEnd(tableEnd)).execute();

  let totals = db.schema.createTable(TOTALS).addColumn('at', 'bigint', (column) => column.notNull());
  for (const name of NAMES) totals = totals.addColumn(name, 'text', (column) => column.notNull());
  for (const name of SUMS)
    totals = totals.addColumn(name, 'bigint', (column) => column.notNull().defaultTo(0));
  totals = totals.addPrimaryKeyConstraint('usage_totals_pk', ['at', ...NAMES] as never);
  await (tableEnd === undefined ? totals : totals.modifyEnd(tableEnd)).execute();
}

/** In order; a released one never changes. */
export function migrations(tableEnd: TableEnd): Readonly<Record<string, Migration>> {
  return { '2026-11-28-tables': { up: (db) => createTables(db as Kysely<never>, tableEnd) } };
}
