import { OpenAiProvider } from '../../../providers/openai/openai.provider.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { ImportedGateway, type ImportedService } from '../imported-gateway.js';
import { AZURE_CHANNEL, NEW_API_CHANNELS, ONE_API_CHANNELS, type ChannelType } from './one-api-channels.js';
import { readTables } from './one-api-tables.js';
import { literal } from '../placeholder.js';

/** Quota that is worth one US dollar. */
const QUOTA_PER_USD = 500_000;
const AZURE_API_VERSION = '2024-10-21';
const ENABLED = 1;
const LARGEST_WEIGHT = 1000;
/** Columns of channels that new-api has and one-api has not. */
const NEW_API_COLUMNS = ['tag', 'setting', 'param_override', 'auto_ban', 'openai_organization'];

/**
 * Reads an export of one-api or new-api.
 * @param isNewApi it is new-api's; otherwise the columns show which of the two it is
 * @throws CommandError for a file that cannot be read
 */
export async function importOneApi(path: string, isNewApi: boolean): Promise<ImportedGateway> {
  const { channels, tokens } = await readTables(path);
  const types =
    isNewApi || channels.some((channel) => NEW_API_COLUMNS.some((column) => column in channel))
      ? NEW_API_CHANNELS
      : ONE_API_CHANNELS;
  const gateway = new ImportedGateway();
  const best = bestPriorities(channels);
  for (const channel of channels) importChannel(channel, types, best, gateway);
  for (const token of tokens) importToken(token, gateway);
  if (channels.some(({ group }) => typeof group === 'string' && group !== '' && group !== 'default'))
    gateway.note('groups', 'which key may use which model is said by auth.api_keys[].models');
  return gateway;
}

/** The highest priority of the channels of each model: those below it are used when all of these fail. */
function bestPriorities(channels: readonly JsonObject[]): ReadonlyMap<string, number> {
  const best = new Map<string, number>();
  for (const channel of channels) {
    if (channel['status'] !== ENABLED) continue;
    for (const model of modelsOf(channel))
      best.set(model, Math.max(best.get(model) ?? -Infinity, Number(channel['priority'] ?? 0)));
  }
  return best;
}

function modelsOf({ models }: JsonObject): string[] {
  const names = typeof models === 'string' ? models.split(',') : [];
  return [...new Set(names.map((name) => name.trim()).filter((name) => name !== ''))];
}

function importChannel(
  channel: JsonObject,
  types: Readonly<Record<number, ChannelType>>,
  best: ReadonlyMap<string, number>,
  gateway: ImportedGateway,
): void {
  const label = nameOf(channel, 'channel');
  if (channel['status'] !== ENABLED) {
    gateway.note('a channel', 'it is disabled', label);
    return;
  }
  const number = Number(channel['type']);
  const type = number === AZURE_CHANNEL ? { type: OpenAiProvider.type, below: '' } : types[number];
  if (type === undefined) {
    gateway.note(
      `channels of type ${number}`,
      'their API is their own; describe it as a model of type request',
      label,
    );
    return;
  }
  const own = typeof channel['base_url'] === 'string' ? channel['base_url'].replace(/\/+$/, '') : '';
  if (own === '' && type.base === undefined) {
    gateway.note('a channel', 'it has no address (base_url)', label);
    return;
  }
  for (const field of [
    'param_override',
    'system_prompt',
    'setting',
    'status_code_mapping',
    'header_override',
  ]) {
    const value = channel[field];
    if (typeof value === 'string' && !['', '{}', 'null'].includes(value.trim()))
      gateway.note(field, 'it has no equivalent', label);
  }
  const key = keyOf(channel, label, gateway);
  const mapping = mappingOf(channel, label, gateway);
  const weight = Number(channel['weight'] ?? 0);
  for (const model of modelsOf(channel)) {
    const isBest = Number(channel['priority'] ?? 0) === best.get(model);
    const service: ImportedService = {
      name: label,
      type: type.type,
      weight: isBest ? Math.min(Math.max(weight, 1), LARGEST_WEIGHT) : 0,
      fields:
        number === AZURE_CHANNEL
          ? azureFields(own, mapping[model] ?? model, model, key, channel)
          : {
              base_url: addressOf(own, type),
              ...(key !== undefined && { api_key: key }),
              ...(mapping[model] !== undefined && { model_name: literal(mapping[model]) }),
            },
    };
    gateway.addService(model, service);
  }
}

function nameOf({ name, id }: JsonObject, kind: string): string {
  return typeof name === 'string' && name.trim() !== '' ? name.trim() : `${kind}-${String(id)}`;
}

/** An address that ends in a version is complete. */
function addressOf(own: string, { base, below }: ChannelType): string {
  if (own === '') return `${base}${below}`;
  return below !== '' && !/\/v\d+(beta)?(\/openai)?$/.test(own) ? `${literal(own)}${below}` : literal(own);
}

function azureFields(
  base: string,
  deployment: string,
  model: string,
  key: string | undefined,
  { other }: JsonObject,
) {
  // one-api leaves the dots of a model's name out of the name of the deployment.
  const name = deployment.replaceAll('.', '');
  return {
    base_url: `${literal(base)}/openai/deployments/${encodeURIComponent(name)}`,
    ...(key !== undefined && { headers: { 'api-key': key } }),
    query: { 'api-version': typeof other === 'string' && other !== '' ? literal(other) : AZURE_API_VERSION },
    ...(deployment !== model && { model_name: literal(deployment) }),
  };
}

/** The first key of a channel; answers of the API leave keys out. */
function keyOf({ key, id }: JsonObject, label: string, gateway: ImportedGateway): string | undefined {
  const keys =
    typeof key === 'string'
      ? key
          .split('\n')
          .map((line) => line.trim())
          .filter((line) => line !== '')
      : [];
  if (keys.length === 0) {
    gateway.note(
      'the key of a channel',
      'it is not in the file: set the variable that the YAML names',
      label,
    );
    return `\${CHANNEL_${String(id).replaceAll(/\W/g, '_')}_KEY}`;
  }
  if (keys.length > 1) gateway.note('further keys of a channel', 'add a deployment for each', label);
  return literal(keys[0]!);
}

function mappingOf(
  channel: JsonObject,
  label: string,
  gateway: ImportedGateway,
): Readonly<Record<string, string>> {
  const text = channel['model_mapping'];
  if (typeof text !== 'string' || text.trim() === '') return {};
  try {
    const mapping: unknown = JSON.parse(text);
    if (!isJsonObject(mapping)) return {};
    return Object.fromEntries(
      Object.entries(mapping).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    gateway.note('model_mapping', 'it is not JSON', label);
    return {};
  }
}

function importToken(token: JsonObject, gateway: ImportedGateway): void {
  const name = nameOf(token, 'key');
  const { key, status, expired_time: expired } = token;
  if (status !== ENABLED) {
    gateway.note('a key', 'it is disabled, expired or used up', name);
    return;
  }
  if (typeof key !== 'string' || key === '' || key.includes('*')) {
    gateway.note('a key', 'it is not in the file; export the database', name);
    return;
  }
  const models = modelsOf({ models: token['models'] ?? token['model_limits'] });
  const isLimited = token['model_limits_enabled'] !== 0 && token['model_limits_enabled'] !== false;
  const isUnlimited = token['unlimited_quota'] === true || token['unlimited_quota'] === 1;
  const usd = Number(token['remain_quota'] ?? 0) / QUOTA_PER_USD;
  if (!isUnlimited && !(usd > 0)) {
    gateway.note('a key', 'its quota is used up', name);
    return;
  }
  gateway.addKey(name, {
    // Clients send it with this prefix; the database has it without.
    key: literal(key.startsWith('sk-') ? key : `sk-${key}`),
    ...(isLimited && models.length > 0 && { models }),
    ...(typeof expired === 'number' && expired > 0 && { expires_at: new Date(expired * 1000).toISOString() }),
    ...(!isUnlimited && { limits: { budget: { usd, per: 'total' } } }),
  });
  const subnet = token['subnet'] ?? token['allow_ips'];
  if (typeof subnet === 'string' && subnet.trim() !== '')
    gateway.note('allowed addresses of a key', 'it has no equivalent', name);
}
