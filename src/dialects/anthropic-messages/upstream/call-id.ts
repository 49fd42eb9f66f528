import { createHash } from 'node:crypto';

const LEGAL = /^[\w-]+$/;
const HASH_LENGTH = 12;

/**
 * Converts the id of a call to characters that the service accepts, because other services use dots
 * and colons. A call and its result get the same id.
 */
export function callId(id: string): string {
  if (LEGAL.test(id)) return id;
  const hash = createHash('sha256').update(id).digest('hex').slice(0, HASH_LENGTH);
  return `${id.replaceAll(/[^\w-]/g, '_')}_${hash}`;
}
