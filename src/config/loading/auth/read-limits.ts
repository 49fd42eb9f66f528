import { type AuthConfig, type KeyLimitsConfig } from '../../auth.config.js';
import { type LoadReport } from '../load-report.js';
import { isMapping } from '../yaml/value-kind.js';
import { formatKey, type YamlPath } from '../yaml/yaml-path.js';

/**
 * The limits of an entry; undefined if all of them are null.
 * @param raw as written
 * @param limits as read
 */
export function limitsOf(
  raw: unknown,
  limits: KeyLimitsConfig | undefined,
  path: YamlPath,
  report: LoadReport,
): KeyLimitsConfig | undefined {
  // An empty mapping looks like a limit but sets none.
  if (isMapping(raw) && Object.keys(raw).length === 0) {
    report.problem(path, 'is empty, expected a limit such as requests_per_minute (or no such key)');
  }
  const isLimited = Object.values(limits ?? {}).some((limit) => limit !== undefined);
  return isLimited ? limits : undefined;
}

/** Without authentication, a call belongs to no key or team, so their limits never apply. */
export function warnOfUnheldLimits({ api_keys: keys, teams }: AuthConfig, report: LoadReport): void {
  for (const [list, entries] of Object.entries({ api_keys: keys, teams })) {
    for (const [index, { name, limits }] of entries.entries()) {
      const set = Object.entries(limits ?? {}).flatMap(([limit, value]) =>
        value === undefined ? [] : limit,
      );
      if (set.length === 0) continue;
      report.warning(
        ['auth', list, index, 'limits'],
        `${set.join(', ')} of ${formatKey(name)} have no effect while auth.enabled is false: no call then belongs to a key or a team`,
      );
    }
  }
}
