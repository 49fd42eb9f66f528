import { type AuthConfig } from '../config/auth.config.js';
import { type LimitScope } from '../auth/limit-scope.js';

/** The teams and keys that have limits; keys with the same name are one scope. */
export function configuredScopes({ api_keys: keys, teams }: AuthConfig): readonly LimitScope[] {
  const scopes: LimitScope[] = [];
  for (const { name, limits } of teams) if (limits !== undefined) scopes.push({ kind: 'team', name, limits });
  const names = new Set<string>();
  for (const { name, limits, team } of keys) {
    if (limits === undefined || names.has(name)) continue;
    names.add(name);
    scopes.push({ kind: 'key', name, limits, team });
  }
  return scopes;
}
