import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { type Fields, type ImportedGateway } from '../imported-gateway.js';
import { isUnset, textOf, wholeNumber } from './litellm-values.js';

/** LiteLLM keeps the SHA-256 digest of each key, as this gateway does. */
const DIGEST = /^[0-9a-f]{64}$/i;

/** LiteLLM's budget durations that match a calendar period here. */
const PERIODS: Readonly<Record<string, string>> = {
  '1h': 'hour',
  '60m': 'hour',
  '1d': 'day',
  '24h': 'day',
  '7d': 'week',
  '1w': 'week',
  '30d': 'month',
  '31d': 'month',
  '1mo': 'month',
  '365d': 'year',
  '1y': 'year',
  hourly: 'hour',
  daily: 'day',
  weekly: 'week',
  monthly: 'month',
  yearly: 'year',
};

const OF_TEAM = 'limits, budgets and models of teams are not in the list: set auth.teams[].limits';

/** Fields that are imported, and fields that only describe the key. */
const READ: ReadonlySet<string> = new Set(
  [
    'token key_alias key_name blocked team_alias team_id models expires',
    'rpm_limit tpm_limit max_parallel_requests max_budget budget_duration',
    'created_at created_by updated_at updated_by last_active last_refreshed_at',
    'budget_reset_at metadata config user user_id user_email user_role spend',
  ].flatMap((names) => names.split(' ')),
);
/** Why other fields of a key are not imported; fields not listed here have no equivalent. */
const REASONS: Readonly<Record<string, string>> = {
  litellm_budget_table: 'set the limits of its budget at the key (auth.api_keys[].limits)',
  budget_id: 'set the limits of its budget at the key (auth.api_keys[].limits)',
  model_max_budget: 'budgets are not by model',
  model_rpm_limit: 'limits of a key are not by model',
  model_tpm_limit: 'limits of a key are not by model',
  soft_budget: 'alert rules for Prometheus are in deploy/prometheus',
  aliases: 'give the model another name, or set model_name',
  allowed_routes: 'restrict routes in front of the gateway',
  permissions: 'a key may use models, and no more unless it has admin: true',
};

/**
 * Imports the virtual keys that `GET /key/list?return_full_object=true` lists, as digests, and the
 * teams that they name.
 * @param document the keys: a list, or an object with the list in `keys`
 */
export function importKeys(document: unknown, gateway: ImportedGateway): void {
  const list = isJsonObject(document) ? document['keys'] : document;
  if (!Array.isArray(list)) {
    gateway.note('the keys', 'expected a list, as GET /key/list?return_full_object=true answers it');
    return;
  }
  for (const [index, key] of list.entries()) importKey(key, `key-${index + 1}`, gateway);
}

function importKey(key: unknown, position: string, gateway: ImportedGateway): void {
  if (!isJsonObject(key)) {
    gateway.note('a key', 'it is not an object; ask for return_full_object=true', position);
    return;
  }
  const name = textOf(key['key_alias']) ?? textOf(key['key_name']) ?? position;
  const digest = textOf(key['token']);
  if (digest === undefined || !DIGEST.test(digest)) {
    gateway.note('a key', 'its token is not a SHA-256 digest', name);
    return;
  }
  if (key['blocked'] === true) {
    gateway.note('a key', 'it is blocked', name);
    return;
  }
  for (const field of ['max_budget', 'rpm_limit', 'tpm_limit', 'max_parallel_requests']) {
    if (Number(key[field] ?? NaN) !== 0) continue;
    gateway.note('a key', `its ${field} is 0: it may not call`, name);
    return;
  }
  const team = textOf(key['team_alias']) ?? textOf(key['team_id']);
  if (team !== undefined) {
    gateway.note('the team of a key', OF_TEAM, name);
    if (!gateway.teams.some((other) => other['name'] === team)) gateway.teams.push({ name: team });
  }
  const expires = textOf(key['expires']);
  const limits = limitsOf(key, name, gateway);
  gateway.addKey(name, {
    key_sha256: digest.toLowerCase(),
    ...(team !== undefined && { team }),
    ...modelsOf(key, name, gateway),
    ...(expires !== undefined && { expires_at: withZone(expires) }),
    ...(Object.keys(limits).length > 0 && { limits }),
  });
  if (limits['budget'] !== undefined && Number(key['spend']) > 0)
    gateway.note('spend', 'budgets begin at 0', name);
  for (const [field, value] of Object.entries(key)) {
    if (!READ.has(field) && !isUnset(value))
      gateway.note(`${field} of a key`, REASONS[field] ?? 'it has no equivalent', name);
  }
}

function modelsOf(key: JsonObject, name: string, gateway: ImportedGateway): Fields {
  const models = [key['models']].flat().filter((model) => typeof model === 'string');
  if (models.includes('all-team-models'))
    gateway.note(
      'models of a key',
      'those of its team are not in the list: set auth.api_keys[].models',
      name,
    );
  const named = models.filter((model) => !model.startsWith('all-'));
  for (const model of named) {
    if (!model.includes('*') && !gateway.models.has(model))
      gateway.note('models of a key', `${JSON.stringify(model)} is not among the models`, name);
  }
  return named.length > 0 ? { models: named } : {};
}

function limitsOf(key: JsonObject, name: string, gateway: ImportedGateway): Fields {
  const limit = (field: string, as: string): Fields => {
    if (isUnset(key[field])) return {};
    const count = wholeNumber(key[field]);
    if (count !== undefined) return { [as]: count };
    gateway.note(field, 'its value is not a whole number', name);
    return {};
  };
  const budget = budgetOf(key, name, gateway);
  return {
    ...limit('rpm_limit', 'requests_per_minute'),
    ...limit('tpm_limit', 'tokens_per_minute'),
    ...limit('max_parallel_requests', 'max_concurrent'),
    ...(budget !== undefined && { budget }),
  };
}

function budgetOf(key: JsonObject, name: string, gateway: ImportedGateway): Fields | undefined {
  if (isUnset(key['max_budget'])) return undefined;
  const usd = Number(key['max_budget']);
  if (!(usd > 0 && usd < Infinity)) {
    gateway.note('max_budget', 'its value is not an amount', name);
    return undefined;
  }
  const duration = textOf(key['budget_duration']);
  if (duration === undefined) return { usd, per: 'total' };
  const per = PERIODS[duration];
  if (per !== undefined) return { usd, per };
  gateway.note(
    'budget_duration',
    `${duration} is no calendar period: the budget became one of a month`,
    name,
  );
  return { usd, per: 'month' };
}

/** LiteLLM's times without a zone are in UTC. */
function withZone(time: string): string {
  const text = time.replace(' ', 'T');
  return /(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
}
