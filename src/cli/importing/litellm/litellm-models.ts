import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { type ImportedGateway, type ImportedService } from '../imported-gateway.js';
import { speaksFor } from './litellm-providers.js';
import { whyModelInfoIsLeft, whyParameterIsLeft } from './litellm-reasons.js';
import { PRICES, serviceOf } from './litellm-services.js';
import { isUnset, retryOf, seconds, wholeNumber } from './litellm-values.js';

/**
 * The fields of `litellm_params` that are imported, by the type of their value. A field whose value
 * has another type is noted.
 */
const TEXTS = [
  'model',
  'custom_llm_provider',
  'api_key',
  'api_base',
  'base_url',
  'api_version',
  'organization',
] as const;
const SECONDS = ['timeout', 'stream_timeout', 'cooldown_time'] as const;
const COUNTS = [
  'max_retries',
  'num_retries',
  'max_tokens',
  'max_completion_tokens',
  'max_parallel_requests',
  'weight',
  'order',
] as const;
const READ: ReadonlySet<string> = new Set([
  ...TEXTS,
  ...SECONDS,
  ...COUNTS,
  'extra_headers',
  'headers',
  ...Object.keys(PRICES),
]);
const READ_OF_ENTRY: ReadonlySet<string> = new Set(['model_name', 'litellm_params', 'model_info']);
const READ_OF_INFO: ReadonlySet<string> = new Set(['id', ...Object.keys(PRICES)]);

/** Imports `model_list`, with the named credentials of `credential_list`. */
export function importModels(
  entries: readonly unknown[],
  credentials: readonly unknown[],
  gateway: ImportedGateway,
): void {
  const known = credentialsByName(credentials, gateway);
  const read = entries.flatMap((entry) => readEntry(entry, known, gateway) ?? []);
  const orders = new Map<string, number[]>();
  for (const { name, params } of read) {
    const own = wholeNumber(params['order']);
    if (own !== undefined) orders.set(name, [...(orders.get(name) ?? []), own]);
  }
  for (const entry of read) importModel(entry, Math.min(...(orders.get(entry.name) ?? [])), gateway);
  for (const [name, model] of gateway.models) {
    // The first service determines the model's type, so it must not be a reserve.
    const services = model.services.toSorted((a, b) => Number(a.weight === 0) - Number(b.weight === 0));
    gateway.models.set(name, { ...model, services });
    if (new Set(orders.get(name)).size > 2)
      gateway.note('order', 'those after the first order are used alike, when none of the first works', name);
  }
}

interface Entry {
  readonly name: string;
  readonly params: JsonObject;
  readonly info: JsonObject;
}

function readEntry(
  entry: unknown,
  credentials: ReadonlyMap<string, JsonObject>,
  gateway: ImportedGateway,
): Entry | undefined {
  if (
    !isJsonObject(entry) ||
    typeof entry['model_name'] !== 'string' ||
    !isJsonObject(entry['litellm_params'])
  ) {
    gateway.note('an entry of model_list', 'it has no model_name or no litellm_params');
    return undefined;
  }
  const { model_name: name, litellm_params: own, model_info: info } = entry;
  for (const field of Object.keys(entry)) {
    if (!READ_OF_ENTRY.has(field) && !isUnset(entry[field]))
      gateway.note(field, whyParameterIsLeft(field), name);
  }
  const { litellm_credential_name: credential, ...rest } = own;
  const known = typeof credential === 'string' ? credentials.get(credential) : undefined;
  const params = known === undefined ? own : { ...known, ...rest };
  return { name, params, info: isJsonObject(info) ? info : {} };
}

function credentialsByName(
  credentials: readonly unknown[],
  gateway: ImportedGateway,
): ReadonlyMap<string, JsonObject> {
  const known = new Map<string, JsonObject>();
  for (const credential of credentials) {
    const name = isJsonObject(credential) ? credential['credential_name'] : undefined;
    const values = isJsonObject(credential) ? credential['credential_values'] : undefined;
    if (typeof name === 'string' && isJsonObject(values)) known.set(name, values);
    else gateway.note('an entry of credential_list', 'it has no credential_name or no credential_values');
  }
  return known;
}

/** @param firstOrder the least `order` of the model's services; Infinity if they have none */
function importModel({ name, params, info }: Entry, firstOrder: number, gateway: ImportedGateway): void {
  if (typeof params['model'] !== 'string') {
    gateway.note('the model', 'litellm_params.model is missing', name);
    return;
  }
  if (name.includes('*')) {
    gateway.note('models with a wildcard', 'each model is configured by its name', name);
    return;
  }
  const service = serviceOf(name, params['model'], params, info, gateway);
  if (service === undefined) return;
  noteRest(name, params, isModeCarried(info, service) ? { ...info, mode: undefined } : info, gateway);
  const retries = wholeNumber(params['num_retries'] ?? params['max_retries']);
  const together = wholeNumber(params['max_parallel_requests']);
  const pause = seconds(params['cooldown_time']);
  // A service without an order comes after those that have one.
  const isReserve = firstOrder < (wholeNumber(params['order']) ?? Infinity);
  gateway.addService(
    name,
    { ...service, weight: isReserve ? 0 : wholeNumber(params['weight']) },
    {
      ...(retries !== undefined && { retry: retryOf(retries, gateway, name) }),
      ...(together !== undefined && together > 0 && { limits: { max_concurrent: together } }),
      ...(pause !== undefined && { breaker: { open_seconds: pause } }),
    },
  );
}

/** A chat needs no setting; other modes become wire formats of the service. */
function isModeCarried({ mode }: JsonObject, { type, fields }: ImportedService): boolean {
  return (
    mode === 'chat' ||
    (mode === 'rerank' && fields['speaks'] !== undefined) ||
    speaksFor(type, mode) !== undefined
  );
}

function noteRest(name: string, params: JsonObject, info: JsonObject, gateway: ImportedGateway): void {
  for (const [field, value] of Object.entries(params)) {
    const isRead = READ.has(field) || (field === 'ssl_verify' && typeof value === 'boolean');
    if (!isRead && !isUnset(value)) gateway.note(field, whyParameterIsLeft(field), name);
  }
  const noteUnlessNumber = (field: string, number: number | undefined): void => {
    if (!isUnset(params[field]) && number === undefined)
      gateway.note(field, 'its value is not a number that it may have', name);
  };
  for (const field of TEXTS) {
    if (!isUnset(params[field]) && typeof params[field] !== 'string')
      gateway.note(field, 'its value is not a text', name);
  }
  for (const field of SECONDS) noteUnlessNumber(field, seconds(params[field]));
  for (const field of COUNTS) noteUnlessNumber(field, wholeNumber(params[field]));
  if (!isUnset(info['id']) && typeof info['id'] !== 'string')
    gateway.note('model_info.id', 'its value is not a text', name);
  for (const [field, value] of Object.entries(info)) {
    if (!READ_OF_INFO.has(field) && !isUnset(value))
      gateway.note(`model_info.${field}`, whyModelInfoIsLeft(field), name);
  }
}
