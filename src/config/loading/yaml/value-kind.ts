import { isJsonObject } from '../../../protocol/json.js';

/** Names the kind of a value without revealing any of it. */
export function valueKind(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

/** Whether a value was a YAML mapping. */
export const isMapping: (value: unknown) => value is Readonly<Record<string, unknown>> = isJsonObject;

/** The entries of a mapping; none for any other value. */
export function entriesOf(map: unknown): [string, unknown][] {
  return isMapping(map) ? Object.entries(map) : [];
}
