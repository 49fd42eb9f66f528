import { Injectable } from '@nestjs/common';
import { type Metric, Registry } from 'prom-client';
import { type Exposition } from './families.js';
import { collectProcessMetrics } from './process-metrics.js';

/** All that is measured, written down when somebody asks: prom-client's registry, and its process metrics. */
@Injectable()
export class MetricRegistry {
  readonly #registry = new Registry();

  constructor() {
    collectProcessMetrics(this.#registry);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** prom-client's own, for metrics that are not on the path of a call. */
  get register(): Registry {
    return this.#registry;
  }

  add(...families: readonly { readonly name: string; get(): Promise<Exposition> }[]): void {
    // The registry asks for a name and for `get` only; its type names classes.
    for (const family of families) this.#registry.registerMetric(family as unknown as Metric);
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
