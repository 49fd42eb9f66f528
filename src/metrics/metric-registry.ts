import { Injectable } from '@nestjs/common';
import { type Metric, Registry, collectDefaultMetrics } from 'prom-client';
import { type Exposition } from './families.js';

/** Gauges under names that Prometheus keeps for counters; the same by kind stands under good names. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
] as const;

/** All that is measured, written down when somebody asks: prom-client's registry, and its process metrics. */
@Injectable()
export class MetricRegistry {
  readonly #registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
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
