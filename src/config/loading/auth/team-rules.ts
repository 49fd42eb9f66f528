import { type ApiKeyConfig, type TeamConfig } from '../../auth.config.js';
import { suggestion } from '../did-you-mean.js';
import { type LoadReport } from '../load-report.js';
import { formatKey } from '../yaml/yaml-path.js';

/** A key, and where it is in `api_keys`. */
export interface PlacedKey {
  readonly key: ApiKeyConfig;
  readonly index: number;
}

/**
 * Reports duplicate teams, teams that a key names but `auth.teams` lacks, and teams without keys.
 * @param named the teams that the entries of `api_keys` name as written, including unreadable entries
 */
export function checkTeams(
  teams: readonly TeamConfig[],
  keys: readonly PlacedKey[],
  named: readonly unknown[],
  report: LoadReport,
): void {
  const places = new Map<string, number>();
  for (const [index, { name }] of teams.entries()) {
    if (typeof name !== 'string') continue;
    const first = places.get(name);
    if (first === undefined) places.set(name, index);
    else {
      const line = report.lineAt(['auth', 'teams', first]);
      report.problem(
        ['auth', 'teams', index, 'name'],
        `${formatKey(name)} is already the name of teams[${first}] in line ${line}, expected each team once`,
      );
    }
  }
  const unused = new Set([...places.keys()].filter((name) => !named.includes(name)));
  for (const { key, index } of keys) {
    const { team } = key;
    if (typeof team !== 'string') continue;
    unused.delete(team);
    if (places.has(team)) continue;
    const names = [...places.keys()];
    const hint = names.length === 0 ? 'expected one that auth.teams lists' : suggestion(team, names);
    report.problem(['auth', 'api_keys', index, 'team'], `unknown team ${formatKey(team)}, ${hint}`);
  }
  for (const name of unused) {
    report.warning(['auth', 'teams', places.get(name)!], `no key belongs to the team ${formatKey(name)}`);
  }
}
