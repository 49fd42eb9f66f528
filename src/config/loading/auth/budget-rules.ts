import { type ApiKeyConfig, type AuthConfig, type KeyLimitsConfig } from '../../auth.config.js';
import { type ModelConfig, upstreamsOf } from '../../model.config.js';
import { modelPattern } from '../../rules/model-pattern.js';
import { type LoadReport } from '../load-report.js';
import { formatKey, type YamlPath } from '../yaml/yaml-path.js';

/**
 * A key with a budget usually reaches nearly all models; listing every name would make the line too
 * long.
 */
const MOST_NAMES = 5;

/**
 * Reports budgets of keys and teams that may use models without a known price, because such calls
 * are refused.
 */
export function checkBudgets(
  { api_keys: keys, teams }: AuthConfig,
  models: readonly ModelConfig[],
  isPriced: (service: ModelConfig) => boolean,
  report: LoadReport,
): void {
  const check = (
    holder: string,
    limits: KeyLimitsConfig | undefined,
    path: YamlPath,
    users: readonly ApiKeyConfig[],
  ): void => {
    if (limits?.budget === undefined) return;
    const reachable = models.filter((model) => model.enabled && users.some((key) => mayUse(key, model.name)));
    const unpriced = reachable.filter((model) => !serversOf(model, models).every(isPriced));
    if (unpriced.length === 0) return;
    const names = unpriced.slice(0, MOST_NAMES).map(({ name }) => formatKey(name));
    const more = unpriced.length - names.length;
    report.warning(
      [...path, 'limits', 'budget'],
      `${holder} cannot use ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}: not all of their prices are known, expected \`price\` at these models`,
    );
  };
  for (const [index, key] of keys.entries()) {
    check(`the key ${formatKey(key.name)}`, key.limits, ['auth', 'api_keys', index], [key]);
  }
  for (const [index, team] of teams.entries()) {
    const users = keys.filter((key) => key.team === team.name);
    check(`the team ${formatKey(team.name)}`, team.limits, ['auth', 'teams', index], users);
  }
}

function mayUse({ models }: ApiKeyConfig, name: string): boolean {
  return models === undefined || models.some((pattern) => modelPattern(pattern).test(name));
}

/** The services that may respond to calls for a model: its own, and those of its fallbacks and their fallbacks. */
function serversOf(
  model: ModelConfig,
  models: readonly ModelConfig[],
  seen = new Set<ModelConfig>(),
): ModelConfig[] {
  if (seen.has(model)) return [];
  seen.add(model);
  const others = model.fallbacks.flatMap((fallback) => models.filter(({ name }) => name === fallback.model));
  return [...upstreamsOf(model), ...others.flatMap((other) => serversOf(other, models, seen))];
}
