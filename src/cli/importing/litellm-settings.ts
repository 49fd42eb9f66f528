import { type JsonObject, isJsonObject } from '../../protocol/json.js';
import { type ImportedGateway, type ImportedModel } from './imported-gateway.js';
import { seconds, wholeNumber } from './litellm-models.js';
import { literal, withPlaceholder } from './placeholder.js';

const MOST_RETRIES = 20;
const LEAST_BUSY = 'least_busy';

/** Settings that need nothing here, and those that only describe LiteLLM itself. */
const NEEDLESS: ReadonlySet<string> = new Set([
  'drop_params',
  'modify_params',
  'telemetry',
  'turn_off_message_logging',
  'redact_user_api_key_info',
  'store_prompts_in_spend_logs',
  'disable_spend_logs',
  'disable_error_logs',
  'proxy_batch_write_at',
  'database_connection_pool_limit',
  'database_connection_timeout',
  'background_health_checks',
  'health_check_interval',
  'enable_loadbalancing',
  'enable_pre_call_checks',
  'json_logs',
  'set_verbose',
  'log_level',
  'debug_level',
  'ui_username',
  'ui_password',
  'proxy_base_url',
]);

const OF_KEYS = 'give each key its own (auth.api_keys[].limits)';
const REASONS: Readonly<Record<string, string>> = {
  cache: 'switch cache_answers on for the models whose answers may be repeated',
  cache_params: 'switch cache_answers on for the models whose answers may be repeated',
  max_budget: OF_KEYS,
  budget_duration: OF_KEYS,
  max_internal_user_budget: OF_KEYS,
  internal_user_budget_duration: OF_KEYS,
  max_end_user_budget: OF_KEYS,
  default_internal_user_params: OF_KEYS,
  default_key_generate_params: OF_KEYS,
  max_parallel_requests: OF_KEYS,
  global_max_parallel_requests: OF_KEYS,
  alerting: 'alert rules for Prometheus are in deploy/prometheus',
  alerting_threshold: 'alert rules for Prometheus are in deploy/prometheus',
  database_url:
    'keys and spend of a database are not in this file: import keys with --keys, or make them with: llm-gateway key',
  store_model_in_db: 'models of a database are not in this file',
  allowed_fails: 'the breaker opens by the share of failed calls (breaker.failure_percent)',
  retry_after: 'pauses follow what the service says (retry.max_retry_after_seconds)',
  default_model: 'clients name the model',
  pass_through_endpoints: 'routes are those of the wire formats',
};

/** Reads the blocks beside `model_list`. */
export function importSettings(source: JsonObject, gateway: ImportedGateway): void {
  const router = block(source['router_settings']);
  const litellm = block(source['litellm_settings']);
  const general = block(source['general_settings']);
  importCalls(router, litellm, gateway);
  importFallbacks([router, litellm], gateway);
  importAliases(router['model_group_alias'], gateway);
  importMasterKey(general['master_key'], gateway);
  const zone = litellm['timezone'];
  if (typeof zone === 'string') gateway.set('auth', { time_zone: zone });
  if (isJsonObject(source['environment_variables'])) {
    const names = Object.keys(source['environment_variables']).join(', ');
    gateway.note('environment_variables', `set them in the environment: ${names}`);
  }
  noteRest(
    'router_settings',
    router,
    new Set([
      'routing_strategy',
      'num_retries',
      'timeout',
      'cooldown_time',
      ...FALLBACKS,
      'model_group_alias',
      'redis_host',
      'redis_port',
      'redis_password',
    ]),
    gateway,
  );
  noteRest(
    'litellm_settings',
    litellm,
    new Set([
      'num_retries',
      'request_timeout',
      'cooldown_time',
      'timezone',
      ...FALLBACKS,
      'callbacks',
      'success_callback',
      'failure_callback',
      'service_callback',
    ]),
    gateway,
  );
  noteRest('general_settings', general, new Set(['master_key']), gateway);
  noteRest(
    '',
    source,
    new Set([
      'model_list',
      'router_settings',
      'litellm_settings',
      'general_settings',
      'environment_variables',
      'include',
    ]),
    gateway,
  );
}

function importCalls(router: JsonObject, litellm: JsonObject, gateway: ImportedGateway): void {
  const retries = wholeNumber(router['num_retries'] ?? litellm['num_retries']);
  if (retries !== undefined) gateway.set('retry', { max_retries: Math.min(retries, MOST_RETRIES) });
  const total = seconds(router['timeout'] ?? litellm['request_timeout']);
  if (total !== undefined) gateway.set('timeouts', { total_seconds: total });
  const pause = seconds(router['cooldown_time'] ?? litellm['cooldown_time']);
  if (pause !== undefined) gateway.set('breaker', { open_seconds: pause });
  const strategy = router['routing_strategy'];
  if (typeof strategy === 'string' && strategy !== 'simple-shuffle') {
    if (strategy !== 'least-busy')
      gateway.note('routing_strategy', `${strategy} became ${LEAST_BUSY}, the nearest one`);
    for (const [name, model] of gateway.models) {
      if (model.services.length > 1)
        gateway.models.set(name, { ...model, fields: { ...model.fields, strategy: LEAST_BUSY } });
    }
  }
  if (router['redis_host'] !== undefined)
    gateway.note(
      'redis_host',
      'replicas share tokens and limits with cache.redis_url and cache.encryption_key',
    );
  for (const field of ['callbacks', 'success_callback', 'failure_callback', 'service_callback']) {
    const names = [litellm[field]].flat().filter((name) => typeof name === 'string' && name !== 'prometheus');
    if (names.length > 0)
      gateway.note(
        field,
        `${names.join(', ')}: metrics are at /metrics, traces go out by OpenTelemetry (OTEL_EXPORTER_OTLP_ENDPOINT)`,
      );
  }
}

const FALLBACKS = [
  'fallbacks',
  'default_fallbacks',
  'context_window_fallbacks',
  'content_policy_fallbacks',
] as const;

function importFallbacks(blocks: readonly JsonObject[], gateway: ImportedGateway): void {
  for (const settings of blocks) {
    for (const [from, to] of pairs(settings['fallbacks'])) {
      const sources = from === '*' ? [...gateway.models.keys()] : [from];
      for (const model of sources) if (model !== to) gateway.addFallback(model, { model: to });
    }
    for (const [from, to] of pairs(settings['context_window_fallbacks']))
      gateway.addFallback(from, { model: to, on: ['context_length'] });
    for (const to of [settings['default_fallbacks']].flat()) {
      if (typeof to !== 'string') continue;
      for (const model of gateway.models.keys()) if (model !== to) gateway.addFallback(model, { model: to });
    }
    for (const [from] of pairs(settings['content_policy_fallbacks']))
      gateway.note('content_policy_fallbacks', 'a refusal by a filter goes back to the client', from);
  }
}

/** `[{ a: ['b', 'c'] }]` as a to b, a to c. */
function pairs(list: unknown): [string, string][] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) =>
    isJsonObject(item)
      ? Object.entries(item).flatMap(([from, to]) =>
          [to].flat().flatMap((name): [string, string][] => (typeof name === 'string' ? [[from, name]] : [])),
        )
      : [],
  );
}

/** An alias is another name of a model: it gets the same services. */
function importAliases(aliases: unknown, gateway: ImportedGateway): void {
  if (!isJsonObject(aliases)) return;
  for (const [alias, to] of Object.entries(aliases)) {
    const target = isJsonObject(to) ? to['model'] : to;
    const model = typeof target === 'string' ? gateway.models.get(target) : undefined;
    if (model === undefined) gateway.note('model_group_alias', 'its model is not there', alias);
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

function noteRest(
  name: string,
  settings: JsonObject,
  read: ReadonlySet<string>,
  gateway: ImportedGateway,
): void {
  for (const field of Object.keys(settings)) {
    if (read.has(field) || NEEDLESS.has(field) || settings[field] === false) continue;
    const place = name === '' ? literal(field) : `${name}.${field}`;
    gateway.note(place, REASONS[field] ?? 'it has no equivalent');
  }
}
