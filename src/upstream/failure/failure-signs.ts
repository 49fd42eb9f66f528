import { type FailureReason } from '../../errors/upstream-errors.js';
import { isJsonObject } from '../../protocol/json.js';
import { WORDINGS } from './wordings/failure-wordings.js';
import { type Wording } from './wordings/wording.js';

/** How many characters are searched, so that no text takes long. */
const MAX_WORDS = 2_000;
/** Values nested more deeply, and values after this many others, are ignored. */
const MAX_DEPTH = 5;
const MAX_VALUES = 200;

/** Keys under which services write error codes. */
const CODE_KEYS: ReadonlySet<string> = new Set([
  'code',
  'type',
  'status',
  'reason',
  'error_code',
  'error_type',
  'errorcode',
  'errcode',
  'status_code',
  '__type',
]);
const WORD_KEYS: ReadonlySet<string> = new Set([
  'message',
  'msg',
  'error',
  'error_msg',
  'errmsg',
  'error_message',
  'status_msg',
  'detail',
  'details',
  'raw',
  'description',
]);
const STATUS_KEYS = ['code', 'status', 'status_code', 'http_code', 'httpCode'] as const;

const BY_CODE = codesOf(WORDINGS.filter(({ reason }) => reason !== 'rate_limit'));
/** A code for a limit is often a category, so another code beside it is more specific. */
const LIMITS_BY_CODE = codesOf(WORDINGS.filter(({ reason }) => reason === 'rate_limit'));

/** The meaning of an error's body, beyond its status. */
export interface FailureSigns {
  readonly reason: FailureReason | undefined;
  /** Whether it follows from a code, which a prompt cannot have put there. */
  readonly isCertain: boolean;
}

/**
 * Searches the body of an error for known codes and words.
 * @param body parsed JSON, or text
 * @param isContextLength the operator's own pattern
 */
export function readSigns(body: unknown, isContextLength?: (words: string) => boolean): FailureSigns {
  const found = { codes: [] as string[], words: '', values: 0 };
  collect(body, '', 0, found);
  const words = found.words.slice(0, MAX_WORDS);
  if (isContextLength?.(words) === true) return { reason: 'context_length', isCertain: true };
  for (const table of [BY_CODE, LIMITS_BY_CODE]) {
    for (const code of found.codes) {
      const reason = table.get(code);
      if (reason !== undefined) return { reason, isCertain: true };
    }
  }
  const wording = WORDINGS.find((each) => each.words?.test(words));
  return { reason: wording?.reason, isCertain: false };
}

/**
 * The HTTP status that the error object itself states, for an error under HTTP 200; undefined if it
 * states none.
 */
export function claimedStatus(error: unknown): number | undefined {
  if (!isJsonObject(error)) return undefined;
  for (const key of STATUS_KEYS) {
    const value = error[key];
    const status = typeof value === 'string' && /^[1-9]\d\d$/.test(value) ? Number(value) : value;
    if (typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 600)
      return status;
  }
  return undefined;
}

function codesOf(wordings: readonly Wording[]): ReadonlyMap<string, FailureReason> {
  return new Map(wordings.flatMap(({ codes = [], reason }) => codes.map((code) => [code, reason] as const)));
}

function collect(
  value: unknown,
  path: string,
  depth: number,
  found: { codes: string[]; words: string; values: number },
): void {
  if (found.values++ > MAX_VALUES) return;
  if (typeof value === 'string') {
    if (path === '') found.words += value.slice(0, MAX_WORDS);
    return;
  }
  if (depth === MAX_DEPTH || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value.slice(0, 10) as readonly unknown[]) collect(item, path, depth + 1, found);
    return;
  }
  for (const [key, child] of Object.entries(value)) {
    const name = key.toLowerCase();
    const at = path === '' ? name : `${path}.${name}`;
    if (CODE_KEYS.has(name)) addCode(child, at, found.codes);
    if (WORD_KEYS.has(name) && typeof child === 'string' && found.words.length < MAX_WORDS) {
      found.words += `${child.slice(0, MAX_WORDS)}\n`;
    } else collect(child, at, depth + 1, found);
  }
}

/**
 * Adds a code. A number is added with the path of its key; other codes mean the same under every
 * key.
 */
function addCode(value: unknown, at: string, codes: string[]): void {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.length > 100) return;
  codes.push(/^\d+$/.test(text) ? `${at}.${text}` : text.toLowerCase());
}
