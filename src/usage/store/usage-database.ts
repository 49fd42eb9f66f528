import { type Kysely } from 'kysely';
import { type UsageBatch } from '../usage-store.js';
import { type CallStorage, type UsageSchema } from './schema.js';

/** A database for usage records: the operations that differ between databases. */
export interface UsageDatabase {
  readonly db: Kysely<UsageSchema>;
  readonly storage: CallStorage;
  /**
   * In one transaction, inserts the calls that do not exist yet, and adds the totals if there were
   * any.
   */
  write(batch: UsageBatch): Promise<void>;
  /**
   * Deletes some of the calls that began before a time.
   * @returns their number; 0 = none is left
   */
  deleteCalls(beforeMs: number): Promise<number>;
  close(): Promise<void>;
}
