import { OPENAI_CHAT } from '../../../dialects/openai-chat/openai-chat.js';
import { OPENAI_RESPONSES } from '../../../dialects/openai-responses/openai-responses.js';
import { OpenAiProvider } from '../../../providers/openai/openai.provider.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { type Fields, type ImportedGateway, type ImportedService } from '../imported-gateway.js';
import { withPlaceholder } from '../placeholder.js';
import { PROVIDERS, UNREACHED, type Reached, guessProvider, reach, speaksFor } from './litellm-providers.js';
import { whyParameterIsLeft } from './litellm-reasons.js';
import { isUnset, numberOf, seconds, wholeNumber } from './litellm-values.js';

const AZURE = 'azure';
const RESPONSES_FIRST = [OPENAI_RESPONSES.name, OPENAI_CHAT.name];
/** Azure's address of a deployment needs an API version; this one is generally available. */
const AZURE_API_VERSION = '2024-10-21';
/** LiteLLM's prices are per token; those here are per million tokens. */
const TOKENS = 1_000_000;
export const PRICES: Readonly<Record<string, string>> = {
  input_cost_per_token: 'input',
  output_cost_per_token: 'output',
  cache_read_input_token_cost: 'cached_input',
  cache_creation_input_token_cost: 'cache_write',
};

/**
 * The service behind one entry of `model_list`; undefined if it cannot be reached, which is noted.
 */
export function serviceOf(
  name: string,
  model: string,
  params: JsonObject,
  info: JsonObject,
  gateway: ImportedGateway,
): ImportedService | undefined {
  const { provider, served, responses } = parseModel(model, params);
  const common = { name: deploymentName(provider, served, info) };
  if (provider === AZURE) {
    const azure = azureFields(name, served, responses, params, gateway);
    const speaks = speaksFor(OpenAiProvider.type, info['mode']);
    const fields = azure && { ...(speaks !== undefined && { speaks }), ...azure };
    return (
      fields && {
        ...common,
        type: OpenAiProvider.type,
        fields: withCommon(fields, name, params, info, gateway),
      }
    );
  }
  const reached = reach(provider, served, info['mode']);
  if (reached === undefined && provider !== undefined && UNREACHED[provider] !== undefined) {
    gateway.note(`models of ${provider}`, UNREACHED[provider], name);
    return undefined;
  }
  if (!isUnset(params['api_version'])) gateway.note('api_version', whyParameterIsLeft('api_version'), name);
  const base = params['api_base'] ?? params['base_url'];
  if (reached === undefined && typeof base !== 'string') {
    gateway.note(
      'the model',
      `its provider ${JSON.stringify(provider ?? model)} is not known, and it has no api_base`,
      name,
    );
    return undefined;
  }
  if (reached === undefined) {
    const word =
      provider === undefined ? 'without a provider' : `of the unknown provider ${JSON.stringify(provider)}`;
    gateway.note(
      `models ${word}`,
      "carried as services in OpenAI's format at their api_base; check their model_name",
      name,
    );
  }
  const { type, key, below, speaks, base: usual } = reached ?? ({ type: OpenAiProvider.type } as Reached);
  const address = typeof base === 'string' ? join(trimmed(withPlaceholder(base)), below) : usual;
  if (address === undefined) {
    gateway.note('the model', `its api_base is missing, which models of ${provider} need`, name);
    return undefined;
  }
  const apiKey = keyOf(params['api_key'], key);
  const spoken = speaks ?? (responses ? RESPONSES_FIRST : speaksFor(type, info['mode']));
  const modelName = withPlaceholder(served);
  return {
    ...common,
    type,
    fields: withCommon(
      {
        base_url: address,
        ...(apiKey !== undefined && { api_key: apiKey }),
        ...(modelName !== name && { model_name: modelName }),
        ...(spoken !== undefined && { speaks: spoken }),
      },
      name,
      params,
      info,
      gateway,
    ),
  };
}

interface ParsedModel {
  readonly provider: string | undefined;
  /** The name at the service. */
  readonly served: string;
  /** Whether it is called in the Responses format. */
  readonly responses: boolean;
}

/** `groq/openai/gpt-oss-120b` is the model `openai/gpt-oss-120b` of groq. */
function parseModel(model: string, { custom_llm_provider: custom, api_base: base }: JsonObject): ParsedModel {
  const parse = (provider: string | undefined, rest: string): ParsedModel => {
    const responses = rest.startsWith('responses/');
    return { provider, served: responses ? rest.slice('responses/'.length) : rest, responses };
  };
  const slash = model.indexOf('/');
  const word = slash < 0 ? undefined : model.slice(0, slash);
  if (typeof custom === 'string') return parse(custom, word === custom ? model.slice(slash + 1) : model);
  if (model.startsWith('os.environ/')) return parse(undefined, model);
  if (word !== undefined && (word === AZURE || word in PROVIDERS || word in UNREACHED))
    return parse(word, model.slice(slash + 1));
  const guessed = guessProvider(model);
  if (guessed !== undefined && word === undefined) return parse(guessed, model);
  return parse(typeof base === 'string' ? undefined : word, model);
}

/**
 * Azure's address of a deployment, or its newer form below `/openai/v1`.
 * @see https://learn.microsoft.com/azure/ai-foundry/openai/reference
 */
function azureFields(
  name: string,
  served: string,
  responses: boolean,
  params: JsonObject,
  gateway: ImportedGateway,
): Fields | undefined {
  const base = params['api_base'] ?? params['base_url'];
  if (typeof base !== 'string') {
    gateway.note('the model', 'its api_base is missing, which models of azure need', name);
    return undefined;
  }
  const address = trimmed(withPlaceholder(base));
  const apiKey = keyOf(params['api_key'], 'AZURE_API_KEY');
  const headers = { ...(apiKey !== undefined && { headers: { 'api-key': apiKey } }) };
  const version =
    typeof params['api_version'] === 'string' ? withPlaceholder(params['api_version']) : undefined;
  const isV1 = address.endsWith('/openai/v1');
  if (isV1 || responses || version === 'latest' || version === 'preview' || version === 'v1') {
    const v1 = isV1 ? address : `${address}/openai/v1`;
    return {
      base_url: v1,
      ...headers,
      ...(served !== name && { model_name: served }),
      ...(responses && { speaks: RESPONSES_FIRST }),
    };
  }
  const isWhole = /\/openai\/deployments\//.test(address);
  return {
    base_url: isWhole ? address : `${address}/openai/deployments/${encodeURIComponent(served)}`,
    ...headers,
    query: { 'api-version': version ?? AZURE_API_VERSION },
    ...(served !== name && { model_name: served }),
  };
}

/** The fields of a service, combined with those that every service has. */
function withCommon(
  fields: Fields,
  name: string,
  params: JsonObject,
  info: JsonObject,
  gateway: ImportedGateway,
): Fields {
  const total = seconds(params['timeout']);
  const first = seconds(params['stream_timeout']);
  const timeouts = {
    ...(first !== undefined && { first_byte_seconds: first }),
    ...(total !== undefined && { total_seconds: total }),
  };
  const tokens = wholeNumber(params['max_tokens'] ?? params['max_completion_tokens']);
  const price = priceOf({ ...info, ...params }, name, gateway);
  const own = isJsonObject(fields['headers']) ? fields['headers'] : {};
  const headers = { ...own, ...headersOf(params, name, gateway) };
  return {
    ...fields,
    ...(tokens !== undefined && tokens > 0 && { max_tokens: tokens }),
    ...(params['max_completion_tokens'] !== undefined && { max_tokens_field: 'max_completion_tokens' }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
    ...(params['ssl_verify'] === false && { tls: { insecure_skip_verify: true } }),
    ...(price !== undefined && { price }),
  };
}

function headersOf(params: JsonObject, model: string, gateway: ImportedGateway): Record<string, string> {
  const { organization } = params;
  const said: Record<string, string> = {};
  if (typeof organization === 'string') said['OpenAI-Organization'] = withPlaceholder(organization);
  for (const field of ['headers', 'extra_headers']) {
    const block = params[field];
    if (isUnset(block)) continue;
    if (!isJsonObject(block)) {
      gateway.note(field, 'it is not a mapping', model);
      continue;
    }
    for (const [name, value] of Object.entries(block)) {
      if (typeof value === 'string') said[name] = withPlaceholder(value);
      else gateway.note(`${field}.${name}`, 'its value is not a text', model);
    }
  }
  return said;
}

function priceOf(costs: JsonObject, model: string, gateway: ImportedGateway): Fields | undefined {
  const price: Record<string, number> = {};
  for (const [name, field] of Object.entries(PRICES)) {
    if (isUnset(costs[name])) continue;
    const cost = numberOf(costs[name]) ?? NaN;
    // Rounded to twelve digits: 0.00000015 * 1e6 is 0.15, not 0.15000000000000002.
    if (cost >= 0 && cost < Infinity) price[field] = Number((cost * TOKENS).toPrecision(12));
    else gateway.note(name, 'its value is not a number that it may have', model);
  }
  if (price['input'] !== undefined || price['output'] !== undefined) return price;
  for (const [name, field] of Object.entries(PRICES)) {
    if (price[field] !== undefined) gateway.note(name, 'neither input nor output has a price', model);
  }
  return undefined;
}

/**
 * The key as written, or the variable that LiteLLM reads. A text that means "no key" is not a key.
 */
function keyOf(written: unknown, variable: string | undefined): string | undefined {
  if (typeof written !== 'string' || written === '')
    return variable === undefined ? undefined : `\${${variable}}`;
  return /^(not[-_]?needed|no[-_]?key|none|empty|dummy|fake|null|na|n\/a|-)$/i.test(written)
    ? undefined
    : withPlaceholder(written);
}

function deploymentName(provider: string | undefined, served: string, { id }: JsonObject): string {
  if (typeof id === 'string' && id !== '') return id;
  return served.startsWith('os.environ/') || provider === undefined ? (provider ?? 'service') : provider;
}

/** Removes trailing slashes, because paths are appended. */
function trimmed(address: string): string {
  return address.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
}

function join(address: string, below: string | undefined): string {
  return below === undefined || address.endsWith(below) ? address : `${address}${below}`;
}
