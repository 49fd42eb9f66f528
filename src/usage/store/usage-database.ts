import { type Kysely } from 'kysely';
import { type UsageBatch } from '../usage-store.js';
import { type CallStorage, type UsageSchema } from './schema.js';

/** A database that can hold usage: what differs between the kinds. */
export interface UsageDatabase {
  readonly db: Kysely<UsageSchema>;
  readonly storage: CallStorage;
  /** One transaction: inserts the calls that are not there yet, and adds the totals if there were such calls. */
  write(batch: UsageBatch): Promise<void>;
  /** Deletes some of the calls that began before a time. @returns how many; 0 = none is left */
  deleteCalls(beforeMs: number): Promise<number>;
  close(): Promise<void>;
}
