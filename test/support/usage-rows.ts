import { sql } from 'kysely';
import { type CallColumn } from '../../src/usage/call-row.js';
import { SqliteUsage } from '../../src/usage/store/sqlite-database.js';

export type StoredCall = Record<CallColumn, string | number | null>;

/** The calls in a file, in order of time, while gateways may be writing to it. */
export async function storedCalls(path: string): Promise<StoredCall[]> {
  const { db, close } = open(path);
  try {
    return (await sql<StoredCall>`select * from usage_calls order by at, id`.execute(db)).rows;
  } finally {
    await close();
  }
}

/** The sums in a file. */
export async function storedTotals(path: string): Promise<{ readonly requests: number }[]> {
  const { db, close } = open(path);
  try {
    return (await sql<{ readonly requests: number }>`select * from usage_totals`.execute(db)).rows;
  } finally {
    await close();
  }
}

function open(path: string) {
  const database = new SqliteUsage({ path, isReadOnly: true });
  return { db: database.db, close: () => database.close() };
}
