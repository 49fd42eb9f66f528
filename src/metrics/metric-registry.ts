import { Injectable } from '@nestjs/common';
import { type Metric, Registry } from 'prom-client';
import { type Exposition } from './families.js';
import { collectProcessMetrics } from './collectors/process-metrics.js';

/** All metrics, rendered at a scrape: prom-client's registry and its process metrics. */
@Injectable()
export class MetricRegistry {
  readonly #registry = new Registry();

  constructor() {
    collectProcessMetrics(this.#registry);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** prom-client's registry, for metrics outside the path of a call. */
  get register(): Registry {
    return this.#registry;
  }

  add(...families: readonly { readonly name: string; get(): Promise<Exposition> }[]): void {
    // The registry uses only `name` and `get`, although its type requires classes.
    for (const family of families) this.#registry.registerMetric(family as unknown as Metric);
  }

  /** Prometheus text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
