import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { type Fields, type ImportedGateway } from '../imported-gateway.js';
import { literal } from '../placeholder.js';
import { type ChannelType, type LeftType, NAMED_BASES } from './one-api-channels.js';
import { jsonIn, noteColumns, noteFields } from './one-api-left.js';

const AZURE_API_VERSION = '2024-10-21';
/**
 * Since this time (10 May 2025), new-api keeps the dots of a model's name in the name of an Azure
 * deployment.
 */
const AZURE_KEEPS_DOTS_FROM = 1_746_835_200;
const ENABLED = 1;
const READ: ReadonlySet<string> = new Set(
  'id type key status name weight base_url models group model_mapping priority config setting settings header_override openai_organization channel_info'.split(
    ' ',
  ),
);
/** Types for which `other` is a version or an account, and so a part of the address. */
const OTHER_READ: ReadonlySet<ChannelType['address']> = new Set(['azure', 'account']);
const ENDPOINT = /\/(?:chat\/completions|completions|embeddings|messages)\/*$/;
const CLOUDFLARE_GATEWAY = 'https://gateway.ai.cloudflare.com/';

/** An imported channel. A channel with several keys becomes one service per key. */
export interface ReadChannel {
  readonly label: string;
  readonly type: string;
  readonly priority: number;
  readonly weight: number;
  readonly groups: readonly string[];
  readonly models: readonly string[];
  /** The fields of the services, one per key. */
  fieldsOf(model: string): Fields[];
}

/** The channel types of the gateway from which the export comes. */
export interface Kinds {
  readonly types: Readonly<Record<number, ChannelType | LeftType>>;
  readonly isNewApi: boolean;
}

/** Imports a channel; undefined, with a note, if it cannot be imported. */
export function readChannel(
  channel: JsonObject,
  kinds: Kinds,
  gateway: ImportedGateway,
): ReadChannel | undefined {
  const label = nameOf(channel, 'channel');
  if (channel['status'] !== ENABLED) {
    gateway.note('a channel', 'it is disabled', label);
    return undefined;
  }
  const number = Number(channel['type']);
  const type = kinds.types[number];
  if (type === undefined || 'why' in type) {
    const name = type === undefined ? String(number) : `${number} (${type.name})`;
    gateway.note(
      `channels of type ${name}`,
      type?.why ?? 'the type is not known: describe it as a model of type request',
      label,
    );
    return undefined;
  }
  const models = listOf(channel['models']);
  if (models.length === 0) {
    gateway.note('a channel', 'it has no models', label);
    return undefined;
  }
  const more = {
    config: jsonIn(channel, 'config', label, gateway) ?? {},
    setting: jsonIn(channel, 'setting', label, gateway) ?? {},
    settings: jsonIn(channel, 'settings', label, gateway) ?? {},
  };
  const base = baseOf(channel, type, more.config, kinds);
  if (base === undefined) {
    gateway.note(
      'a channel',
      type.address === 'account' ? 'it has no account (other)' : 'it has no address (base_url)',
      label,
    );
    return undefined;
  }
  const isOtherRead = OTHER_READ.has(type.address);
  noteColumns('channel', channel, isOtherRead ? new Set([...READ, 'other']) : READ, label, gateway);
  noteFields('config', more.config, new Set(isOtherRead ? ['api_version', 'user_id'] : []), label, gateway);
  noteFields('setting', more.setting, new Set(['proxy']), label, gateway);
  noteFields('settings', more.settings, new Set(), label, gateway);
  const mapping = jsonIn(channel, 'model_mapping', label, gateway) ?? {};
  const proxy = proxyOf(more.setting, label, gateway);
  const keys = keysOf(channel, label, gateway);
  const fieldsOf = (model: string): Fields[] => {
    const real = realName(model, mapping, kinds.isNewApi);
    return keys.map((key) => ({
      ...addressFields(type, base, real, key, channel, more.config, kinds),
      ...headersOf(channel, type, key, label, gateway),
      ...(proxy !== undefined && { proxy }),
      ...(real !== model && { model_name: literal(real) }),
    }));
  };
  return {
    label,
    type: type.type,
    priority: Number(channel['priority'] ?? 0),
    weight: Math.max(Number(channel['weight'] ?? 0), 1),
    groups: listOf(channel['group'] ?? 'default'),
    models,
    fieldsOf,
  };
}

/** The distinct texts between commas. */
export function listOf(value: unknown): string[] {
  const names = typeof value === 'string' ? value.split(',') : [];
  return [...new Set(names.map((name) => name.trim()).filter((name) => name !== ''))];
}

/** The name of a row, or its number if it has none. */
export function nameOf({ name, id }: JsonObject, kind: string): string {
  return typeof name === 'string' && name.trim() !== '' ? name.trim() : `${kind}-${String(id)}`;
}

function baseOf(
  channel: JsonObject,
  type: ChannelType,
  config: JsonObject,
  { isNewApi }: Kinds,
): string | undefined {
  const own = typeof channel['base_url'] === 'string' ? channel['base_url'].trim().replace(/\/+$/, '') : '';
  if (isNewApi && NAMED_BASES[own] !== undefined) return NAMED_BASES[own];
  if (type.address === 'account') {
    const account = config['user_id'] ?? channel['other'];
    if (typeof account !== 'string' || account === '') return undefined;
    return `${own === '' ? type.base : literal(own)}${type.below}/${encodeURIComponent(account)}/ai/v1`;
  }
  if (own === '') return type.base === undefined ? undefined : `${type.base}${type.below}`;
  // Removes what the gateway appends itself, and the version of a complete address.
  const bare = own.replace(ENDPOINT, '');
  const isComplete =
    bare !== own ||
    type.below === '' ||
    type.address === 'whole' ||
    own.startsWith(CLOUDFLARE_GATEWAY) ||
    /\/v\d+(beta)?(\/openai)?$/.test(own);
  return isComplete ? literal(bare) : `${literal(own)}${type.below}`;
}

function addressFields(
  { address }: ChannelType,
  base: string,
  real: string,
  key: string,
  channel: JsonObject,
  { api_version: configured }: JsonObject,
  { isNewApi }: Kinds,
): Fields {
  if (address === 'whole')
    return { base_url: base.replaceAll('{model}', encodeURIComponent(real)), api_key: key };
  if (address !== 'azure') return { base_url: base, api_key: key };
  const keepsDots = isNewApi && Number(channel['created_time'] ?? 0) >= AZURE_KEEPS_DOTS_FROM;
  const deployment = keepsDots ? real : real.replaceAll('.', '');
  const version = [configured, channel['other']].find((text) => typeof text === 'string' && text !== '');
  return {
    base_url: `${base}/openai/deployments/${encodeURIComponent(deployment)}`,
    query: { 'api-version': version === undefined ? AZURE_API_VERSION : literal(version as string) },
  };
}

/** Headers of the channel, combined with those of its credential. */
function headersOf(
  channel: JsonObject,
  { address }: ChannelType,
  key: string,
  label: string,
  gateway: ImportedGateway,
): Fields {
  const { openai_organization: organization } = channel;
  const headers: Record<string, string> = {
    ...(address === 'azure' && { 'api-key': key }),
    ...(typeof organization === 'string' &&
      organization !== '' && { 'OpenAI-Organization': literal(organization) }),
  };
  for (const [name, value] of Object.entries(jsonIn(channel, 'header_override', label, gateway) ?? {})) {
    const text = typeof value === 'string' ? literal(value).replaceAll('{api_key}', () => key) : '';
    if (text === '' || /[{}]/.test(text.replaceAll(/\$\{\w+\}/g, '')) || !/^[\w-]+$/.test(name))
      gateway.note(
        `header_override.${name}`,
        'headers are fixed texts: those of clients are not passed on',
        label,
      );
    else headers[name] = text;
  }
  return Object.keys(headers).length > 0 ? { headers } : {};
}

/** new-api follows a chain of names to its end; one-api looks a name up once. */
function realName(model: string, mapping: JsonObject, isChain: boolean): string {
  const seen = new Set([model]);
  let name = model;
  for (;;) {
    const next = mapping[name];
    if (typeof next !== 'string' || next === '' || seen.has(next)) return name;
    name = next;
    seen.add(next);
    if (!isChain) return name;
  }
}

function proxyOf({ proxy }: JsonObject, label: string, gateway: ImportedGateway): string | undefined {
  if (typeof proxy !== 'string' || proxy === '') return undefined;
  if (/^https?:\/\//i.test(proxy)) return literal(proxy);
  gateway.note('setting.proxy', 'only proxies with http:// or https:// are used', label);
  return undefined;
}

/** The active keys of a channel; responses of the API do not contain keys. */
function keysOf(channel: JsonObject, label: string, gateway: ImportedGateway): string[] {
  const { key, id } = channel;
  const keys = typeof key === 'string' ? splitKeys(key.trim()) : [];
  if (keys.length === 0) {
    gateway.note(
      'the key of a channel',
      'it is not in the file: set the variable that the YAML names',
      label,
    );
    return [`\${CHANNEL_${String(id).replaceAll(/\W/g, '_')}_KEY}`];
  }
  const info = jsonIn(channel, 'channel_info', label, gateway) ?? {};
  if (info['is_multi_key'] !== true) {
    if (keys.length > 1) gateway.note('further keys of a channel', 'add a deployment for each', label);
    return [literal(keys[0]!)];
  }
  const states = isJsonObject(info['multi_key_status_list']) ? info['multi_key_status_list'] : {};
  const used = keys.filter((_, index) => (states[String(index)] ?? ENABLED) === ENABLED);
  if (used.length < keys.length)
    gateway.note('keys of a channel', `${keys.length - used.length} of ${keys.length} are disabled`, label);
  return used.map((each) => literal(each));
}

function splitKeys(text: string): string[] {
  let keys: unknown[] = text.split('\n');
  try {
    if (text.startsWith('[')) keys = JSON.parse(text) as unknown[];
  } catch {
    // Not JSON after all: a key may begin with a bracket.
  }
  return keys
    .map((each) => (typeof each === 'string' ? each.trim() : JSON.stringify(each)))
    .filter((each) => each !== '');
}
