import { ApiClient } from '../../auth/api-client.js';
import { type Model } from '../../routing/model.js';
import { type GatewayConfig } from '../../config/gateway.config.js';
import { type ModelConfig } from '../../config/model.config.js';
import { CLIENT_DIALECTS } from '../../dialects/client-dialects.js';
import { type Dialect } from '../../dialects/ports/dialect.js';
import { type Prices } from '../../prices/prices.js';
import { CHAT, COUNT_TOKENS } from '../../protocol/operation.js';
import { canDo, translatorOf } from '../../routing/can-serve.js';
import { type Deployment } from '../../routing/deployment/deployment.js';
import { environmentProxy } from '../../upstream/pool/environment-proxies.js';
import { CommandError } from '../command-error.js';

/** Shown for a route that does not lead to any deployment. */
export const NOT_SERVED = 'not served';

/** Everything that decides how a call to a model is served, without secrets. */
export type Explanation = ReturnType<typeof explain>;

/** The input of an explanation. */
export interface ExplainInput {
  readonly model: Model;
  readonly config: GatewayConfig;
  readonly prices: Prices;
  /** Name of the calling key; undefined: any key. */
  readonly key: string | undefined;
  /** Removes configured secrets from an address. */
  readonly redact: (text: string) => string;
}

/** @throws CommandError for a key that does not exist */
export function explain(input: ExplainInput) {
  const { model, prices } = input;
  const { config } = model;
  const total = model.deployments.reduce((sum, { weight }) => sum + weight, 0);
  return {
    model: model.name,
    type: config.type,
    ...(model.deployments.length > 1 && { strategy: config.strategy }),
    deployments: model.deployments.map((each) => explainDeployment(each, total, input)),
    routes: CLIENT_DIALECTS.map((dialect) => ({ route: dialect.route, reached: reachOf(dialect, model) })),
    retry: config.retry,
    commit_wait_seconds: config.commit_wait_seconds,
    on_client_disconnect: config.on_client_disconnect,
    limits: config.limits,
    fallbacks: model.fallbacks.map(({ model: { name }, on }) => ({ model: name, on: [...on] })),
    ...(input.key !== undefined && { key: explainKey(input.key, model, input.config, prices) }),
  };
}

function explainDeployment(
  { name, weight, config, upstream }: Deployment,
  total: number,
  input: ExplainInput,
) {
  const { redact, prices } = input;
  const [first] = upstream.dialects;
  const url = first && upstream.address(first.path(config.model_name, false));
  return {
    deployment: name,
    weight,
    share_percent: total === 0 ? 0 : Math.round((weight / total) * 100),
    base_url: redact(withoutQuery(config.base_url)),
    ...(url !== undefined && { url: redact(withoutQuery(url)) }),
    model_name: config.model_name,
    speaks: [...new Set(upstream.dialects.map((dialect) => dialect.name))],
    ...('isMapped' in config && config.isMapped === true && { mapped: true }),
    credential: credentialOf(config),
    proxy: proxyOf(config, input.config),
    max_tokens: config.max_tokens ?? null,
    timeouts: config.timeouts,
    breaker: config.breaker,
    price: prices.of(config)?.text ?? null,
  };
}

/** Per deployment: whether it is reached in its own wire format, by translation, or not at all. */
function reachOf(dialect: Dialect, model: Model): readonly { deployment: string; how: string }[] {
  const { deployments } = model;
  // If no service of a chat model can count tokens, the gateway does.
  const isCounted = dialect.operation === COUNT_TOKENS && canDo(model, CHAT);
  const without = isCounted ? 'counted by the gateway' : NOT_SERVED;
  return deployments.map(({ name, upstream }) => {
    if (upstream.dialects.includes(dialect)) return { deployment: name, how: 'native' };
    const translator = translatorOf(upstream, { dialect });
    return { deployment: name, how: translator === undefined ? without : `translated to ${translator.name}` };
  });
}

function credentialOf(config: ModelConfig): string {
  if (config.googleAuth !== undefined) return 'access token of Google Cloud';
  if (config.logsIn) return 'token of a login';
  const has = (key: string): boolean => (config as unknown as Record<string, unknown>)[key] !== undefined;
  if (has('api_key')) return 'api_key';
  if (has('token')) return 'token';
  return has('username') ? 'user name and password' : 'none';
}

/** The proxy's address without a password; null for a direct connection. */
function proxyOf({ proxy, base_url: address }: ModelConfig, { proxies }: GatewayConfig): string | null {
  const used = proxy ?? (URL.canParse(address) ? environmentProxy(proxies, new URL(address)) : undefined);
  return used === undefined || !URL.canParse(used) ? null : new URL(used).origin;
}

function explainKey(name: string, model: Model, { auth }: GatewayConfig, prices: Prices) {
  if (!auth.enabled) return { name, may_use: true, reasons: ['no key is required: auth.enabled is false'] };
  const key = auth.api_keys.find((each) => each.name === name);
  if (key === undefined) {
    const names = [...new Set(auth.api_keys.map((each) => each.name))];
    throw new CommandError(`there is no key '${name}'\nKeys: ${names.join(', ') || 'none'}`);
  }
  const team = auth.teams.find((each) => each.name === key.team);
  const hasBudget = [key.limits, team?.limits].some((limits) => limits?.budget !== undefined);
  const isPriced = prices.estimateNanoUsd(model, 0, 0) !== undefined;
  const isOver = auth.api_keys
    .filter((each) => each.name === name)
    .every(({ expiresAtMs }) => expiresAtMs !== undefined && expiresAtMs <= Date.now());
  const reasons = [
    ...(new ApiClient(name, { models: key.models }).mayUse(model.name)
      ? []
      : ['model_not_allowed: not in its models']),
    ...(isOver ? ['api_key_expired'] : []),
    ...(hasBudget && !isPriced
      ? [
          'model_not_priced: the key has a budget, and not every price of the model and its fallbacks is known',
        ]
      : []),
  ];
  return {
    name,
    may_use: reasons.length === 0,
    reasons,
    team: key.team ?? null,
    expires_at: key.expires_at ?? null,
    limits: key.limits ?? null,
    team_limits: team?.limits ?? null,
  };
}

/** A query may contain a key. */
function withoutQuery(address: string): string {
  return address.replace(/[?#].*$/s, '');
}
