import { isMapping } from '../yaml/value-kind.js';

/**
 * Overrides one block of settings with another.
 * @param own the overriding block as an instance, defaults included
 * @param written the same block as written in the file; only its keys override
 */
export function overlay<Settings extends object>(
  Class: new () => Settings,
  base: Settings,
  own: Settings | undefined,
  written: unknown,
): Settings {
  const result = new Class();
  const keys = Object.keys(result) as (keyof Settings)[];
  for (const key of keys) {
    const isOwn = own !== undefined && isMapping(written) && Object.hasOwn(written, key);
    result[key] = isOwn ? own[key] : base[key];
  }
  return result;
}
