import { type JsonObject, isJsonObject, stringifyJson } from '../../../protocol/json.js';
import { PositionedItems, readIndex } from './positioned-items.js';

/** Texts that a stream sends in pieces. Any other text is sent complete, once or repeatedly. */
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

/** Lists in which equal entries may follow one another. */
const APPENDING: ReadonlySet<string> = new Set([
  'content',
  'refusal',
  'token_ids',
  'tokens',
  'token_logprobs',
]);

/** Severities of content filters, in ascending order. */
const SEVERITIES: readonly unknown[] = ['safe', 'low', 'medium', 'high'];

/**
 * Merges a chunk's fields into earlier ones. Null and empty texts add nothing; texts of known
 * fields are appended; lists with indexes merge by index, and others are appended unless they
 * repeat the list so far; objects merge field by field; any other value replaces the earlier one.
 */
export function mergeFields(target: JsonObject, said: JsonObject): void {
  for (const [key, value] of Object.entries(said)) {
    if (key === '__proto__') continue;
    // A field may be named like a method of all objects.
    const before = Object.hasOwn(target, key) ? target[key] : undefined;
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

/** Such a value adds nothing and ends nothing. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** A finding of a content filter in one window of a text is not undone by the next. */
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
  let known: PositionedItems | undefined;
  for (const value of values) {
    if (!isJsonObject(value) || readIndex(value['index']) === undefined) {
      target.push(copyOf(value));
      continue;
    }
    known ??= new PositionedItems(target);
    const same = known.find(value);
    if (same === undefined) {
      const copy = copyOf(value) as JsonObject;
      target.push(copy);
      known.add(copy);
    } else {
      const wasUntyped = isEmpty(same['type']);
      mergeFields(same, value);
      if (wasUntyped) known.add(same);
    }
  }
  return target;
}

/**
 * Copies a value that was parsed from JSON. `structuredClone` would take ten times as long for many
 * small values.
 */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value);
  return entries.length === 0 ? {} : Object.fromEntries(entries.map(([key, child]) => [key, copyOf(child)]));
}

/** Whether the list so far is repeated, with or without further entries. */
function repeats(before: readonly unknown[], values: readonly unknown[]): boolean {
  return (
    values.length >= before.length &&
    before.every((value, at) => stringifyJson(value) === stringifyJson(values[at]))
  );
}
