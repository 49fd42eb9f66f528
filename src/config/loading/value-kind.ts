import { isJsonObject } from '../../protocol/json.js';

/** What kind of value was found, in words that give away nothing of it. */
export function valueKind(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (value === '') return 'an empty string';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}

/** Whether a value is what a YAML mapping becomes. */
export const isMapping: (value: unknown) => value is Readonly<Record<string, unknown>> = isJsonObject;

/** Of a mapping; none of anything else. */
export function entriesOf(map: unknown): [string, unknown][] {
  return isMapping(map) ? Object.entries(map) : [];
}
