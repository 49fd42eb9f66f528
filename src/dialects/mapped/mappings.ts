import { Injectable } from '@nestjs/common';
import { type GatewayConfig } from '../../config/gateway.config.js';
import { LiveConfig } from '../../config/live-config.js';
import { type ModelConfig } from '../../config/model.config.js';
import { servicesOf } from '../../config/services-of.js';
import { UpstreamClient } from '../../upstream/upstream-client.js';
import { UpstreamFailure } from '../../upstream/failure/upstream-failure.js';
import { MappedDialect } from './mapped-dialect.js';
import { MappedModelConfig } from './mapped-model.config.js';
import { ModelMapping } from './model-mapping.js';
import { PollingDialect } from './jobs/polling-dialect.js';
import { TokenCounter } from './response/token-counter.js';

/** The dialects of all models that have one, compiled before the first call. */
@Injectable()
export class Mappings {
  /** Held by the model itself: a call that still runs finds its own, whatever the configuration has become. */
  readonly #dialects = new WeakMap<ModelConfig, MappedDialect>();

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

  /** Builds the table for counting, where some answers do not tell their tokens: it takes a second. */
  warm(config: GatewayConfig): void {
    if (this.#of(config).some(({ countsTokens }) => countsTokens)) this.counter.warm();
  }

  /** Whether some expressions could take long on any input. */
  needEvaluator(config: GatewayConfig): boolean {
    return this.#of(config).some(({ mapping }) => mapping.needsEvaluator);
  }

  /** @returns undefined for a model that speaks OpenAI's words */
  of(model: ModelConfig): MappedDialect | undefined {
    return this.#dialects.get(model);
  }

  #of(config: GatewayConfig): readonly MappedDialect[] {
    return servicesOf(config).flatMap((model) => this.#dialects.get(model) ?? []);
  }

  #compile(model: MappedModelConfig): void {
    const mapping = this.#dialects.has(model) ? undefined : ModelMapping.of(model);
    if (mapping === undefined) return;
    const dialect =
      mapping.poll === undefined
        ? new MappedDialect(mapping, this.failure, this.counter)
        : new PollingDialect(mapping, this.failure, this.counter, this.client);
    this.#dialects.set(model, dialect);
  }
}
