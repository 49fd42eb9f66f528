import { Injectable } from '@nestjs/common';
import { GatewayConfig } from '../config/gateway.config.js';
import { type ModelConfig } from '../config/model.config.js';
import { UpstreamClient } from '../upstream/upstream-client.js';
import { UpstreamFailure } from '../upstream/upstream-failure.js';
import { MappedDialect } from './mapped-dialect.js';
import { MappedModelConfig } from './mapped-model.config.js';
import { ModelMapping } from './model-mapping.js';
import { PollingDialect } from './polling-dialect.js';
import { TokenCounter } from './token-counter.js';

/** The dialects of all models that have one, compiled at the start. */
@Injectable()
export class Mappings {
  readonly #dialects = new Map<ModelConfig, MappedDialect>();

  constructor(
    config: GatewayConfig,
    client: UpstreamClient,
    failure: UpstreamFailure,
    counter: TokenCounter,
  ) {
    for (const model of config.models) {
      if (!model.enabled || !(model instanceof MappedModelConfig)) continue;
      const mapping = ModelMapping.of(model);
      if (mapping === undefined) continue;
      const dialect =
        mapping.poll === undefined
          ? new MappedDialect(mapping, failure, counter)
          : new PollingDialect(mapping, failure, counter, client);
      this.#dialects.set(model, dialect);
    }
  }

  /** @returns undefined for a model that speaks OpenAI's words */
  of(model: ModelConfig): MappedDialect | undefined {
    return this.#dialects.get(model);
  }
}
