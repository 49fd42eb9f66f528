import { type ImportedGateway as Gateway, ImportedGateway } from '../imported-gateway.js';
import { type ReadChannel, readChannel } from './one-api-channel.js';
import { NEW_API_CHANNELS, ONE_API_CHANNELS } from './one-api-channels.js';
import { OneApiPrices } from './one-api-prices.js';
import { readTables } from './one-api-tables.js';
import { importToken, usersOf } from './one-api-tokens.js';

const LARGEST_WEIGHT = 1000;
/** Columns of channels that only new-api has. */
const NEW_API_COLUMNS = [
  'tag',
  'setting',
  'param_override',
  'auto_ban',
  'openai_organization',
  'channel_info',
];

/**
 * Imports an export of one-api or new-api.
 * @param isNewApi whether it is new-api's; if false, the columns decide
 * @throws CommandError for a file that cannot be read
 */
export async function importOneApi(path: string, isNewApi: boolean): Promise<Gateway> {
  const tables = await readTables(path);
  const isNew =
    isNewApi || tables.channels.some((channel) => NEW_API_COLUMNS.some((column) => column in channel));
  const kinds = { types: isNew ? NEW_API_CHANNELS : ONE_API_CHANNELS, isNewApi: isNew };
  const gateway = new ImportedGateway();
  const channels = tables.channels.flatMap((channel) => readChannel(channel, kinds, gateway) ?? []);
  const prices = new OneApiPrices(tables.options, gateway);
  for (const model of new Set(channels.flatMap(({ models }) => models))) {
    importModel(
      model,
      channels.filter((channel) => channel.models.includes(model)),
      prices,
      gateway,
    );
  }
  const context = { channels, users: usersOf(tables), quotaPerUsd: prices.quotaPerUsd };
  for (const token of tables.tokens) importToken(token, context, gateway);
  noteGroups(channels, tables.users.length > 0, gateway);
  return gateway;
}

/**
 * Channels of the highest priority share the calls by weight; the others are used if all of these
 * fail.
 */
function importModel(
  model: string,
  channels: readonly ReadChannel[],
  prices: OneApiPrices,
  gateway: Gateway,
): void {
  const best = Math.max(...channels.map(({ priority }) => priority));
  const services = channels.flatMap((channel) => {
    const all = channel.fieldsOf(model);
    const weight = channel.priority === best ? channel.weight / all.length : 0;
    return all.map((fields) => ({ name: channel.label, type: channel.type, weight, fields }));
  });
  const scale = scaleOf(services.map(({ weight }) => weight));
  const price = prices.of(model);
  for (const service of services) {
    const weight = service.weight === 0 ? 0 : Math.max(1, Math.round(service.weight * scale));
    gateway.addService(model, { ...service, weight }, price);
  }
}

/**
 * The least factor that makes all weights whole, or the largest that keeps them within the limit.
 */
function scaleOf(weights: readonly number[]): number {
  const largest = Math.max(...weights);
  for (let factor = 1; factor * largest <= LARGEST_WEIGHT; factor += 1) {
    if (weights.every((weight) => Math.abs(weight * factor - Math.round(weight * factor)) < 1e-9))
      return factor;
  }
  return LARGEST_WEIGHT / largest;
}

function noteGroups(channels: readonly ReadChannel[], hasUsers: boolean, gateway: Gateway): void {
  const groups = new Set(channels.flatMap((channel) => channel.groups));
  if (![...groups].some((group) => group !== 'default')) return;
  gateway.note(
    'groups',
    hasUsers
      ? 'keys have the models of their group, by every channel of these models (auth.api_keys[].models)'
      : 'which key may use which model is said by auth.api_keys[].models',
  );
}
