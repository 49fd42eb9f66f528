import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { type ImportedGateway, type ImportedModel } from '../imported-gateway.js';
import { literal, withPlaceholder } from '../placeholder.js';
import { whySettingIsLeft } from './litellm-reasons.js';
import { isUnset, retryOf, seconds, wholeNumber } from './litellm-values.js';

const LEAST_BUSY = 'least_busy';

const ROUTER = 'router_settings';
const LITELLM = 'litellm_settings';
const GENERAL = 'general_settings';
/** Settings that are on by default; only `false` changes something. */
const ON_BY_DEFAULT: ReadonlySet<string> = new Set([
  'telemetry',
  'health_check_details',
  'tag_filtering_match_any',
]);
const TEXT = [(value: unknown) => typeof value === 'string', 'a text'] as const;
const MAPPING = [isJsonObject, 'a mapping'] as const;
const LIST = [(value: unknown) => Array.isArray(value), 'a list'] as const;
const NAMES = [
  (value: unknown) => [value].flat().every((name) => typeof name === 'string'),
  'a name or a list of names',
] as const;
const SWITCH = [(value: unknown) => typeof value === 'boolean', 'true or false'] as const;
const SECONDS = [(value: unknown) => seconds(value) !== undefined, 'a number above 0'] as const;
const COUNT = [(value: unknown) => wholeNumber(value) !== undefined, 'a whole number'] as const;

/** Imported settings by their LiteLLM names: a check of their values, and their names here. */
type Carried = Readonly<Record<string, readonly [(value: unknown) => boolean, string]>>;

/** Settings that LiteLLM accepts in either block; the router's have precedence. */
const OF_CALLS: Carried = {
  num_retries: COUNT,
  timeout: SECONDS,
  request_timeout: SECONDS,
  stream_timeout: SECONDS,
  cooldown_time: SECONDS,
  disable_cooldowns: SWITCH,
  fallbacks: LIST,
  default_fallbacks: NAMES,
  context_window_fallbacks: LIST,
  content_policy_fallbacks: LIST,
};
const OF_ROUTER: Carried = { ...OF_CALLS, routing_strategy: TEXT, model_group_alias: MAPPING };
const OF_LITELLM: Carried = {
  ...OF_CALLS,
  callbacks: NAMES,
  success_callback: NAMES,
  failure_callback: NAMES,
  service_callback: NAMES,
  service_callbacks: NAMES,
  model_alias_map: MAPPING,
  master_key: TEXT,
  timezone: TEXT,
};
const OF_GENERAL: Carried = { master_key: TEXT, max_request_size_mb: SECONDS };
const OF_FILE: Carried = {
  model_list: LIST,
  credential_list: LIST,
  include: NAMES,
  environment_variables: MAPPING,
  [ROUTER]: MAPPING,
  [LITELLM]: MAPPING,
  [GENERAL]: MAPPING,
};

/** Imports the blocks other than `model_list`. */
export function importSettings(source: JsonObject, gateway: ImportedGateway): void {
  const router = block(source[ROUTER]);
  const litellm = block(source[LITELLM]);
  const general = block(source[GENERAL]);
  importCalls(router, litellm, gateway);
  importStrategy(router['routing_strategy'], gateway);
  importCallbacks(litellm, gateway);
  importAliases(router['model_group_alias'], 'model_group_alias', gateway);
  importAliases(litellm['model_alias_map'], 'model_alias_map', gateway);
  importFallbacks([router, litellm], gateway);
  importMasterKey(general['master_key'] ?? litellm['master_key'], gateway);
  const largest = seconds(general['max_request_size_mb']);
  if (largest !== undefined) gateway.set('server', { body_limit: `${Math.ceil(largest)}mb` });
  const zone = litellm['timezone'];
  if (typeof zone === 'string') gateway.set('auth', { time_zone: zone });
  if (isJsonObject(source['environment_variables'])) {
    const names = Object.keys(source['environment_variables']).join(', ');
    if (names !== '') gateway.note('environment_variables', `set them in the environment: ${names}`);
  }
  noteRest(`${ROUTER}.`, router, OF_ROUTER, gateway);
  noteRest(`${LITELLM}.`, litellm, OF_LITELLM, gateway);
  noteRest(`${GENERAL}.`, general, OF_GENERAL, gateway);
  noteRest('', source, OF_FILE, gateway);
}

function importCalls(router: JsonObject, litellm: JsonObject, gateway: ImportedGateway): void {
  const read = <T>(fields: readonly string[], parse: (value: unknown) => T | undefined): T | undefined => {
    const values = [router, litellm].flatMap((settings) => fields.map((field) => parse(settings[field])));
    return values.find((value) => value !== undefined);
  };
  const retries = read(['num_retries'], wholeNumber);
  if (retries !== undefined) gateway.set('retry', retryOf(retries, gateway));
  const total = read(['timeout', 'request_timeout'], seconds);
  const first = read(['stream_timeout'], seconds);
  if (total !== undefined || first !== undefined)
    gateway.set('timeouts', {
      ...(first !== undefined && { first_byte_seconds: first }),
      ...(total !== undefined && { total_seconds: total }),
    });
  const pause = read(['cooldown_time'], seconds);
  if (pause !== undefined) gateway.set('breaker', { open_seconds: pause });
  if ((router['disable_cooldowns'] ?? litellm['disable_cooldowns']) === true)
    gateway.set('breaker', { enabled: false });
}

function importStrategy(strategy: unknown, gateway: ImportedGateway): void {
  if (typeof strategy !== 'string' || strategy === 'simple-shuffle') return;
  if (strategy !== 'least-busy')
    gateway.note('routing_strategy', `${strategy} became ${LEAST_BUSY}, the nearest one`);
  for (const [name, model] of gateway.models) {
    if (model.services.length > 1)
      gateway.models.set(name, { ...model, fields: { ...model.fields, strategy: LEAST_BUSY } });
  }
}

function importCallbacks(litellm: JsonObject, gateway: ImportedGateway): void {
  for (const field of Object.keys(OF_LITELLM).filter((name) => name.includes('callback'))) {
    const names = [litellm[field]].flat().filter((name) => typeof name === 'string' && name !== 'prometheus');
    if (names.length > 0)
      gateway.note(
        field,
        `${names.join(', ')}: metrics are at /metrics, traces go out by OpenTelemetry (OTEL_EXPORTER_OTLP_ENDPOINT)`,
      );
  }
}

function importFallbacks(blocks: readonly JsonObject[], gateway: ImportedGateway): void {
  for (const settings of blocks) {
    for (const [from, to] of pairs('fallbacks', settings['fallbacks'], gateway)) {
      const sources = from === '*' ? [...gateway.models.keys()] : [from];
      for (const model of sources) if (model !== to) gateway.addFallback(model, { model: to });
    }
    for (const [from, to] of pairs('context_window_fallbacks', settings['context_window_fallbacks'], gateway))
      gateway.addFallback(from, { model: to, on: ['context_length'] });
    for (const to of [settings['default_fallbacks']].flat()) {
      if (typeof to !== 'string') continue;
      for (const model of gateway.models.keys()) if (model !== to) gateway.addFallback(model, { model: to });
    }
    for (const [from] of pairs('content_policy_fallbacks', settings['content_policy_fallbacks'], gateway))
      gateway.note('content_policy_fallbacks', 'a refusal by a filter goes back to the client', from);
  }
}

/** Reads `[{ a: ['b', 'c'] }]` as a to b, a to c. */
function pairs(field: string, list: unknown, gateway: ImportedGateway): [string, string][] {
  if (isUnset(list)) return [];
  const found: [string, string][] = [];
  for (const item of Array.isArray(list) ? (list as unknown[]) : [list]) {
    if (!isJsonObject(item)) gateway.note(field, 'an entry is not a mapping of a model to others');
    else
      for (const [from, to] of Object.entries(item)) {
        for (const name of [to].flat()) {
          if (typeof name === 'string') found.push([from, name]);
          else gateway.note(field, 'a target is not the name of a model', from);
        }
      }
  }
  return found;
}

/** An alias is another name of a model, so it gets the same services. */
function importAliases(aliases: unknown, field: string, gateway: ImportedGateway): void {
  if (!isJsonObject(aliases)) return;
  for (const [alias, to] of Object.entries(aliases)) {
    const target = isJsonObject(to) ? to['model'] : to;
    const model = typeof target === 'string' ? gateway.models.get(target) : undefined;
    if (model === undefined) gateway.note(field, 'its model is not there', alias);
    else if (!gateway.models.has(alias)) gateway.models.set(alias, aliasOf(String(target), model));
  }
}

function aliasOf(name: string, model: ImportedModel): ImportedModel {
  const services = model.services.map((service) => ({
    ...service,
    fields: { ...service.fields, model_name: service.fields['model_name'] ?? name },
  }));
  return { ...model, services };
}

function importMasterKey(key: unknown, gateway: ImportedGateway): void {
  if (typeof key !== 'string' || key === '') return;
  gateway.addKey('master', { key: withPlaceholder(key), admin: true });
}

function block(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Notes settings that were not read. */
function noteRest(place: string, settings: JsonObject, carried: Carried, gateway: ImportedGateway): void {
  for (const [field, value] of Object.entries(settings)) {
    if (isUnset(value) && !(value === false && ON_BY_DEFAULT.has(field))) continue;
    const [isReadable, kind] = carried[field] ?? [];
    if (isReadable?.(value)) continue;
    const why = kind === undefined ? whySettingIsLeft(field) : `its value is not ${kind}`;
    gateway.note(`${place}${literal(field)}`, why);
  }
}
