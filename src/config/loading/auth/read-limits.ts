import { type KeyLimitsConfig } from '../../auth.config.js';
import { type LoadReport } from '../load-report.js';
import { isMapping } from '../yaml/value-kind.js';
import { type YamlPath } from '../yaml/yaml-path.js';

/**
 * The limits of an entry; undefined where all of them are null.
 * @param raw as written
 * @param limits as read
 */
export function limitsOf(
  raw: unknown,
  limits: KeyLimitsConfig | undefined,
  path: YamlPath,
  report: LoadReport,
): KeyLimitsConfig | undefined {
  // An empty mapping looks like a limit and is none.
  if (isMapping(raw) && Object.keys(raw).length === 0) {
    report.problem(path, 'is empty, expected a limit such as requests_per_minute (or no such key)');
  }
  const isLimited = Object.values(limits ?? {}).some((limit) => limit !== undefined);
  return isLimited ? limits : undefined;
}
