import { type BinaryLike, createHash, createHmac } from 'node:crypto';
import { parseLosslessJson } from '../protocol/json.js';
import { messageText } from '../protocol/message-text.js';

type HostFunction = (...values: unknown[]) => unknown;

/** Functions that a mapping's expressions can call in addition to JSONata's own: `$text(content)`, `$json(text)`. */
export const TEXT_FUNCTIONS = { text: messageText, json: parseLosslessJson } as const;

/** Functions for challenge logins: `$md5(text)` and so on; digests are lower-case hexadecimal. */
export const HASH_FUNCTIONS: Readonly<Record<string, (...texts: unknown[]) => string>> = {
  md5: (text) => createHash('md5').update(textOf(text)).digest('hex'),
  sha256: (text) => createHash('sha256').update(textOf(text)).digest('hex'),
  hmac_sha256: (key, text) => createHmac('sha256', textOf(key)).update(textOf(text)).digest('hex'),
  base64: (text) => Buffer.from(textOf(text)).toString('base64'),
};

/** All of them by name: an evaluator process has its own, since functions cannot be sent. */
export const HOST_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
  ...(TEXT_FUNCTIONS as Readonly<Record<string, HostFunction>>),
  ...HASH_FUNCTIONS,
};

/** A missing value must not be hashed like an empty one. */
function textOf(value: unknown): BinaryLike & string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw Object.assign(new Error('not a string'), { code: 'T0410' });
}
