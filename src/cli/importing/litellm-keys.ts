import { type JsonObject, isJsonObject } from '../../protocol/json.js';
import { type Fields, type ImportedGateway } from './imported-gateway.js';
import { wholeNumber } from './litellm-models.js';

/** LiteLLM keeps the SHA-256 digest of each key, as this gateway does. */
const DIGEST = /^[0-9a-f]{64}$/i;

/** Durations of budgets that are calendar periods here. */
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

/**
 * Reads the virtual keys that `GET /key/list?return_full_object=true` lists, as digests, and the teams that they name.
 * @param document of the keys: a list, or an object with the list in `keys`
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
  const team = textOf(key['team_alias']) ?? textOf(key['team_id']);
  if (team !== undefined && !gateway.teams.some((other) => other['name'] === team))
    gateway.teams.push({ name: team });
  const models = [key['models']].flat().filter((model) => typeof model === 'string');
  const named = models.filter((model) => !model.startsWith('all-'));
  const expires = textOf(key['expires']);
  const limits = limitsOf(key, name, gateway);
  gateway.addKey(name, {
    key_sha256: digest.toLowerCase(),
    ...(team !== undefined && { team }),
    ...(named.length > 0 && { models: named }),
    ...(expires !== undefined && { expires_at: withZone(expires) }),
    ...(Object.keys(limits).length > 0 && { limits }),
  });
}

function limitsOf(key: JsonObject, name: string, gateway: ImportedGateway): Fields {
  const requests = wholeNumber(key['rpm_limit']);
  const tokens = wholeNumber(key['tpm_limit']);
  const together = wholeNumber(key['max_parallel_requests']);
  const budget = budgetOf(key, name, gateway);
  return {
    ...(isSome(requests) && { requests_per_minute: requests }),
    ...(isSome(tokens) && { tokens_per_minute: tokens }),
    ...(isSome(together) && { max_concurrent: together }),
    ...(budget !== undefined && { budget }),
  };
}

function budgetOf(key: JsonObject, name: string, gateway: ImportedGateway): Fields | undefined {
  const usd = Number(key['max_budget'] ?? NaN);
  if (!(usd > 0 && usd < Infinity)) return undefined;
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

function isSome(count: number | undefined): boolean {
  return count !== undefined && count > 0;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Times of LiteLLM without a zone are in UTC. */
function withZone(time: string): string {
  const text = time.replace(' ', 'T');
  return /(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
}
