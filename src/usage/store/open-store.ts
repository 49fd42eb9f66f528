import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type UsageConfig } from '../../config/usage.config.js';
import { SqlStore } from './sql-store.js';

/**
 * Opens the configured database. A Postgres database is connected to, and its tables created, only
 * when it is first used.
 */
export async function openStore(config: UsageConfig, isReadOnly = false): Promise<SqlStore> {
  const path = config.filePath;
  if (path === undefined) {
    const { PostgresUsage } = await import('./postgres-database.js');
    return new SqlStore(new PostgresUsage(config.store!));
  }
  if (!isReadOnly) prepare(path);
  const { SqliteUsage } = await import('./sqlite-database.js');
  return new SqlStore(new SqliteUsage({ path, isReadOnly }));
}

/**
 * Creates the folder of a file, and checks that the folder and the file can be written.
 * @throws Error that names what cannot be written; the library's own error is a number
 */
function prepare(path: string): void {
  const folder = dirname(path);
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  // SQLite creates further files beside the first.
  for (const place of [folder, path]) if (existsSync(place)) accessSync(place, constants.W_OK);
}
