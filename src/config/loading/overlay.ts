import { isMapping } from './value-kind.js';

/**
 * One block of settings laid over another.
 * @param own as an instance, defaults filled in
 * @param written the same as it stands in the file: only what is written there counts
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
