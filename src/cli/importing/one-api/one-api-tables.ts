import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { CommandError } from '../../command-error.js';

/** The rows of one-api that matter here. */
export interface OneApiTables {
  readonly channels: readonly JsonObject[];
  readonly tokens: readonly JsonObject[];
}

const SQLITE_HEAD = 'SQLite format 3\0';

/**
 * Reads an export of one-api or new-api: its SQLite database, or JSON: `{ "channels": [], "tokens": [] }`, or the
 * list of channels alone, as its database and its API give them.
 * @throws CommandError for a file that cannot be read, or is neither
 */
export async function readTables(path: string): Promise<OneApiTables> {
  try {
    return isSqlite(path) ? await readDatabase(path) : readDocument(JSON.parse(readFileSync(path, 'utf8')));
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
    const rows = (table: string) => database.prepare(`SELECT * FROM ${table}`).all() as JsonObject[];
    return { channels: rows('channels'), tokens: rows('tokens') };
  } finally {
    database.close();
  }
}

function readDocument(document: unknown): OneApiTables {
  const tables = isJsonObject(document) && 'channels' in document ? document : { channels: document };
  return { channels: rowsIn(tables['channels']), tokens: rowsIn((tables as JsonObject)['tokens'] ?? []) };
}

/** A list, or the answer of the API that holds one. */
function rowsIn(value: unknown): JsonObject[] {
  let list: unknown = value;
  while (isJsonObject(list)) list = list['data'] ?? list['items'];
  if (!Array.isArray(list))
    throw new Error('expected a SQLite database, or JSON with the channels and tokens');
  return list.filter(isJsonObject);
}
