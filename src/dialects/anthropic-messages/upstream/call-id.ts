import { createHash } from 'node:crypto';

const LEGAL = /^[\w-]+$/;
const HASH_LENGTH = 12;

/** The id of a call as the service takes it: others write dots and colons. The same for a call and its result. */
export function callId(id: string): string {
  if (LEGAL.test(id)) return id;
  const hash = createHash('sha256').update(id).digest('hex').slice(0, HASH_LENGTH);
  return `${id.replaceAll(/[^\w-]/g, '_')}_${hash}`;
}
