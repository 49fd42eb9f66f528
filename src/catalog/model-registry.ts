import { Inject, Injectable } from '@nestjs/common';
import { type Derived, LiveConfig } from '../config/live-config.js';
import { ModelNotFoundError } from '../errors/caller-errors.js';
import { type Upstream } from '../providers/llm-provider.js';
import { LLM_PROVIDERS, type LlmProviders } from '../providers/llm-providers.js';
import { bindModels } from './bind-models.js';
import { type Model } from '../routing/model.js';

/** Finds enabled models by the name that clients use. */
@Injectable()
export class ModelRegistry {
  readonly #byName: Derived<ReadonlyMap<string, Model>>;

  constructor(
    private readonly live: LiveConfig,
    @Inject(LLM_PROVIDERS) providers: LlmProviders,
  ) {
    this.#byName = live.derive((config, previous) => bindModels(config, providers, previous));
    // The old and the new models share the limits that running calls hold, so a limit is changed
    // only once the new configuration is in force.
    live.onReplaced(() => {
      for (const { limit, config } of this.list()) limit.maxConcurrent = config.limits.max_concurrent;
    });
  }

  /** @throws ModelNotFoundError for unknown and disabled models alike */
  get(name: string): Model {
    const model = this.#byName.value.get(name);
    if (model === undefined) throw new ModelNotFoundError(name);
    return model;
  }

  /** Enabled models in the order of the file. */
  list(): Iterable<Model> {
    return this.#byName.value.values();
  }

  /** The upstreams of all enabled models. */
  get upstreams(): readonly Upstream[] {
    return [...this.list()].flatMap(({ deployments }) => deployments.map(({ upstream }) => upstream));
  }

  get configuredCount(): number {
    return this.live.current.models.length;
  }

  get enabledCount(): number {
    return this.#byName.value.size;
  }
}
