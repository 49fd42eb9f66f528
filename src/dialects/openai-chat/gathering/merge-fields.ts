import { type JsonObject, isJsonObject, stringifyJson } from '../../../protocol/json.js';

/** Texts that a stream says piece by piece. Any other text is said whole, once or again and again. */
const GROWING: ReadonlySet<string> = new Set([
  'content',
  'refusal',
  'reasoning_content',
  'reasoning',
  'reasoning_text',
  'thinking',
  'thinking_content',
  'thought',
  'thoughts',
  'text',
  'summary',
  'data',
  'transcript',
]);

/** Lists whose entries may well be equal, one after the other. */
const APPENDING: ReadonlySet<string> = new Set([
  'content',
  'refusal',
  'token_ids',
  'tokens',
  'token_logprobs',
]);

/** How bad a content filter found something, from nothing to the worst. */
const SEVERITIES: readonly unknown[] = ['safe', 'low', 'medium', 'high'];

/**
 * Adds what a chunk says to what was said before. Nothing, null and empty texts say nothing new; texts that are known
 * to grow grow; lists with positions merge by position, others append unless they repeat what is there; objects merge
 * field by field; of everything else the last value holds.
 */
export function mergeFields(target: JsonObject, said: JsonObject): void {
  for (const [key, value] of Object.entries(said)) {
    if (key === '__proto__') continue;
    const before = target[key];
    if (isEmpty(value)) {
      if (before === undefined) target[key] = value;
    } else if (Array.isArray(value)) target[key] = mergeList(key, before, value);
    else if (isJsonObject(value)) {
      if (isJsonObject(before)) mergeObject(before, value);
      else mergeFields((target[key] = {}) as JsonObject, value);
    } else if (typeof value === 'string' && typeof before === 'string' && GROWING.has(key))
      target[key] = before + value;
    else target[key] = value;
  }
}

/** Neither says nor ends anything. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** What a content filter found in one window of a text is not undone by the next. */
function mergeObject(before: JsonObject, said: JsonObject): void {
  const wasFiltered = before['filtered'] === true;
  const severity = before['severity'];
  mergeFields(before, said);
  if (wasFiltered) before['filtered'] = true;
  if (SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(before['severity'])) before['severity'] = severity;
}

function mergeList(key: string, before: unknown, values: readonly unknown[]): unknown[] {
  if (!Array.isArray(before)) return mergeList(key, [], values);
  const target = before as unknown[];
  if (target.length > 0 && !APPENDING.has(key) && repeats(target, values)) return [...values];
  for (const value of values) {
    const index = isJsonObject(value) ? readIndex(value['index']) : undefined;
    const same =
      index === undefined ? undefined : target.find((item) => isPieceOf(item, value as JsonObject));
    if (isJsonObject(same)) mergeFields(same, value as JsonObject);
    else target.push(structuredClone(value));
  }
  return target;
}

/** Some services count each type of entry by itself. */
function isPieceOf(item: unknown, { index, type }: JsonObject): boolean {
  if (!isJsonObject(item) || readIndex(item['index']) !== readIndex(index)) return false;
  return isEmpty(type) || isEmpty(item['type']) || type === item['type'];
}

/** Some services write the number as a string. @returns undefined for what is no position */
export function readIndex(value: unknown): number | undefined {
  const index = typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) : value;
  return Number.isInteger(index) && (index as number) >= 0 ? (index as number) : undefined;
}

/** The list so far comes again, with or without more behind it. */
function repeats(before: readonly unknown[], values: readonly unknown[]): boolean {
  return (
    values.length >= before.length &&
    before.every((value, at) => stringifyJson(value) === stringifyJson(values[at]))
  );
}
