import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ModelRegistry } from './catalog/model-registry.js';
import { LiveConfig } from './config/live-config.js';
import { evaluators } from './expressions/evaluator/evaluators.js';

/** Prepares a tokenizer table and an evaluator in other threads and processes, so that no call waits for them. */
@Injectable()
export class WarmUp implements OnApplicationBootstrap {
  constructor(
    private readonly live: LiveConfig,
    private readonly models: ModelRegistry,
  ) {}

  onApplicationBootstrap(): void {
    this.#warm();
    this.live.onReplaced(() => this.#warm());
  }

  #warm(): void {
    const { upstreams } = this.models;
    for (const upstream of upstreams) upstream.warm();
    evaluators.keepOne(upstreams.some(({ needsEvaluator }) => needsEvaluator));
  }
}
