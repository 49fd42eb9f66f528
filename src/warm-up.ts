import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ModelRegistry } from './catalog/model-registry.js';
import { LiveConfig } from './config/live-config.js';
import { evaluators } from './expressions/evaluators.js';
import { Prices } from './prices/prices.js';

/**
 * Prepares a tokenizer table and an evaluator in other threads and processes, and looks up the prices of models, so that
 * no call waits for them.
 */
@Injectable()
export class WarmUp implements OnApplicationBootstrap {
  constructor(
    private readonly live: LiveConfig,
    private readonly models: ModelRegistry,
    private readonly prices: Prices,
  ) {}

  onApplicationBootstrap(): void {
    this.#warm();
    this.live.onReplaced(() => this.#warm());
  }

  #warm(): void {
    for (const { deployments } of this.models.list()) {
      for (const { config } of deployments) this.prices.of(config);
    }
    const { upstreams } = this.models;
    for (const upstream of upstreams) upstream.warm();
    evaluators.keepOne(upstreams.some(({ needsEvaluator }) => needsEvaluator));
  }
}
