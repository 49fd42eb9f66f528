import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { LiveConfig } from '../config/live-config.js';
import { type ModelConfig } from '../config/model.config.js';
import { servicesOf } from '../config/services-of.js';
import { evaluators } from '../expressions/evaluators.js';
import { UpstreamClient } from '../upstream/upstream-client.js';
import { UpstreamFailure } from '../upstream/upstream-failure.js';
import { MappedDialect } from './mapped-dialect.js';
import { MappedModelConfig } from './mapped-model.config.js';
import { ModelMapping } from './model-mapping.js';
import { PollingDialect } from './polling-dialect.js';
import { TokenCounter } from './token-counter.js';

/** The dialects of all models that have one, compiled before the first call. */
@Injectable()
export class Mappings implements OnApplicationBootstrap {
  /** Held by the model itself: a call that still runs finds its own, whatever the configuration has become. */
  readonly #dialects = new WeakMap<ModelConfig, MappedDialect>();
  /** Some answers do not tell their tokens. */
  #countsTokens = false;
  /** Some expressions could take long. */
  #needsEvaluator = false;

  constructor(
    live: LiveConfig,
    private readonly client: UpstreamClient,
    private readonly failure: UpstreamFailure,
    private readonly counter: TokenCounter,
  ) {
    live.derive((config) => {
      for (const model of servicesOf(config)) if (model instanceof MappedModelConfig) this.#compile(model);
    });
  }

  /** Elsewhere than in this thread, so that the first call need not wait for a table or a process. */
  onApplicationBootstrap(): void {
    if (this.#countsTokens) this.counter.warm();
    if (this.#needsEvaluator) evaluators.warm();
  }

  /** @returns undefined for a model that speaks OpenAI's words */
  of(model: ModelConfig): MappedDialect | undefined {
    return this.#dialects.get(model);
  }

  #compile(model: MappedModelConfig): void {
    const mapping = this.#dialects.has(model) ? undefined : ModelMapping.of(model);
    if (mapping === undefined) return;
    const dialect =
      mapping.poll === undefined
        ? new MappedDialect(mapping, this.failure, this.counter)
        : new PollingDialect(mapping, this.failure, this.counter, this.client);
    this.#countsTokens ||= dialect.countsTokens;
    this.#needsEvaluator ||= mapping.needsEvaluator;
    this.#dialects.set(model, dialect);
  }
}
