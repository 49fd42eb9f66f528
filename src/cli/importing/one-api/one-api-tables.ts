import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { CommandError } from '../../command-error.js';
import { isDump, readDump } from './one-api-dump.js';

const TABLES = ['channels', 'tokens', 'users', 'options'] as const;

/** The rows of one-api's relevant tables; empty for a table that the export lacks. */
export type OneApiTables = Readonly<Record<(typeof TABLES)[number], readonly JsonObject[]>>;

const SQLITE_HEAD = 'SQLite format 3\0';

/**
 * Reads an export of one-api or new-api: its SQLite database, an SQL dump of its database, or JSON:
 * `{ "channels": [], "tokens": [], "users": [], "options": [] }`, or only the list of channels, as
 * the database or the API writes them.
 * @throws CommandError for a file that cannot be read or has another format
 */
export async function readTables(path: string): Promise<OneApiTables> {
  try {
    return isSqlite(path) ? await readDatabase(path) : readText(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function isSqlite(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(SQLITE_HEAD.length);
    readSync(file, head, 0, head.length, 0);
    return head.toString('latin1') === SQLITE_HEAD;
  } finally {
    closeSync(file);
  }
}

async function readDatabase(path: string): Promise<OneApiTables> {
  const { default: Database } = await import('libsql');
  const database = new Database(path, { readonly: true });
  try {
    const known = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as {
      name: string;
    }[];
    const has = (table: string): boolean => known.some(({ name }) => name === table);
    if (!has('channels')) throw new Error('the database has no table of channels');
    return tablesOf((table) =>
      has(table) ? (database.prepare(`SELECT * FROM ${table}`).all() as JsonObject[]) : [],
    );
  } finally {
    database.close();
  }
}

function readText(text: string): OneApiTables {
  if (!/^\s*[[{]/.test(text) && isDump(text)) {
    const rows = readDump(text, TABLES);
    if (rows.get('channels') === undefined) throw new Error('the dump has no rows of channels');
    return tablesOf((table) => rows.get(table) ?? []);
  }
  return readDocument(JSON.parse(text));
}

function readDocument(document: unknown): OneApiTables {
  const tables = isJsonObject(document) && 'channels' in document ? document : { channels: document };
  return tablesOf((table) =>
    rowsIn((tables as JsonObject)[table] ?? (table === 'channels' ? undefined : [])),
  );
}

function tablesOf(rows: (table: string) => readonly JsonObject[]): OneApiTables {
  return Object.fromEntries(TABLES.map((table) => [table, rows(table)])) as unknown as OneApiTables;
}

/** A list, or the response of the API that contains one. */
function rowsIn(value: unknown): JsonObject[] {
  let list: unknown = value;
  while (isJsonObject(list)) list = list['data'] ?? list['items'];
  if (!Array.isArray(list))
    throw new Error('expected a SQLite database, or JSON with the channels and tokens');
  return list.filter(isJsonObject);
}
