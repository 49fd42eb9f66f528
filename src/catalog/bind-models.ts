import { type GatewayConfig } from '../config/gateway.config.js';
import { type DeploymentConfig, type ModelConfig } from '../config/model.config.js';
import { type Upstream } from '../providers/llm-provider.js';
import { type LlmProviders } from '../providers/llm-providers.js';
import { ConcurrencyLimit } from '../routing/choice/concurrency-limit.js';
import { Deployment } from '../routing/deployment/deployment.js';
import { type DeploymentState } from '../routing/deployment/deployment-state.js';
import { type Fallback, type Model } from '../routing/model.js';

/** Name of the only deployment of a model without `deployments`. */
const ONLY_DEPLOYMENT = 'deployment-1';

/**
 * Binds the enabled models of a configuration, by name and in file order, to their providers.
 * @param previous models of the previous configuration; unchanged deployments keep their state and provider
 */
export function bindModels(
  { models }: GatewayConfig,
  providers: LlmProviders,
  previous?: ReadonlyMap<string, Model>,
): ReadonlyMap<string, Model> {
  const states = new Map<string, DeploymentState>();
  const upstreams = new Map<ModelConfig, Upstream>();
  for (const model of previous?.values() ?? []) {
    for (const { key, state, config, upstream } of model.deployments) {
      states.set(key, state);
      upstreams.set(config, upstream);
    }
  }
  const bind: Bind = (model, { name, weight, config }) => {
    const upstream = upstreams.get(config) ?? providers.get(config.type)!.connect(config);
    return new Deployment(model, name, weight, config, upstream, (key) => states.get(key));
  };
  const byName = new Map<string, BoundModel>();
  const enabled = models.filter((config) => config.enabled);
  for (const config of enabled) {
    const { max_concurrent: maxConcurrent } = config.limits;
    const limit = previous?.get(config.name)?.limit ?? new ConcurrencyLimit(config.name, maxConcurrent);
    byName.set(config.name, new BoundModel(config, limit, bind));
  }
  for (const { name, fallbacks } of enabled) {
    byName.get(name)!.fallbacks = fallbacks.map((fallback) => ({
      model: byName.get(fallback.model)!,
      on: new Set(fallback.on),
    }));
  }
  return byName;
}

type Bind = (model: string, deployment: DeploymentConfig) => Deployment;

class BoundModel implements Model {
  readonly name: string;
  readonly deployments: readonly [Deployment, ...Deployment[]];
  fallbacks: readonly Fallback[] = [];

  constructor(
    readonly config: ModelConfig,
    readonly limit: ConcurrencyLimit,
    bind: Bind,
  ) {
    this.name = config.name;
    const [first = { name: ONLY_DEPLOYMENT, weight: 1, config }, ...others] = config.deployments;
    this.deployments = [bind(config.name, first), ...others.map((other) => bind(config.name, other))];
    if (others.length > 0) for (const { state } of this.deployments) state.countShare();
  }
}
