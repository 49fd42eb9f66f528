import { isDeepStrictEqual } from 'node:util';
import { type ApiKeyConfig } from '../../auth.config.js';
import { type LoadReport } from '../load-report.js';
import { formatKey } from '../yaml/yaml-path.js';
import { type PlacedKey } from './team-rules.js';

/** Settings that the keys of one client must share, in a comparable form. */
const COMMON: Readonly<Record<string, (key: ApiKeyConfig) => unknown>> = {
  team: ({ team }) => team,
  models: ({ models }) => models && [...new Set(models)].toSorted(),
  admin: ({ admin }) => admin === true,
  limits: ({ limits }) => limits,
};

/**
 * Two keys under one name belong to one client, which is replacing one key with the other: its
 * permissions must not depend on which key it sends.
 */
export function checkRotation(keys: readonly PlacedKey[], report: LoadReport): void {
  const firsts = new Map<string, PlacedKey>();
  for (const placed of keys) {
    const first = firsts.get(placed.key.name);
    if (first === undefined) {
      firsts.set(placed.key.name, placed);
      continue;
    }
    const differing = Object.keys(COMMON).filter(
      (field) => !isDeepStrictEqual(COMMON[field]!(first.key), COMMON[field]!(placed.key)),
    );
    if (differing.length === 0) continue;
    const line = report.lineAt(['auth', 'api_keys', first.index]);
    report.problem(
      ['auth', 'api_keys', placed.index],
      `has the same name as api_keys[${first.index}] in line ${line}, ${formatKey(first.key.name)}, but not the same ` +
        `${differing.join(', ')}; expected the same team, models, admin and limits (two keys of one name are one client, for rotation), or another name`,
    );
  }
}
