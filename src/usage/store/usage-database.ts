import { type Kysely } from 'kysely';
import { type UsageBatch } from '../usage-store.js';
import { type TableEnd, type UsageSchema } from './schema.js';

/** A database that can hold usage: what differs between the kinds. */
export interface UsageDatabase {
  readonly db: Kysely<UsageSchema>;
  readonly tableEnd: TableEnd;
  /** One transaction: inserts the calls that are not there yet, and adds the totals if there were such calls. */
  write(batch: UsageBatch): Promise<void>;
  close(): Promise<void>;
}
