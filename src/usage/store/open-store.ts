import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type UsageConfig } from '../../config/usage.config.js';
import { SqlStore } from './sql-store.js';

/** Opens the configured database. Nothing is connected or created before the first use of a Postgres database. */
export async function openStore(config: UsageConfig, isReadOnly = false): Promise<SqlStore> {
  const path = config.filePath;
  if (path === undefined) {
    const { PostgresUsage } = await import('./postgres-database.js');
    return new SqlStore(new PostgresUsage(config.store!));
  }
  if (!isReadOnly && !existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true });
  const { SqliteUsage } = await import('./sqlite-database.js');
  return new SqlStore(new SqliteUsage({ path, isReadOnly }));
}
