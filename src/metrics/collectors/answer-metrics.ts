import { Injectable } from '@nestjs/common';
import { type CallRecord } from '../../calls/call-record.js';
import { CounterFamily, type CounterSeries } from '../families.js';
import { MetricRegistry } from '../metric-registry.js';

/** Counts calls to models with cached responses, by whether a cached response was returned. */
@Injectable()
export class AnswerMetrics {
  readonly #lookups = new CounterFamily<'model' | 'result'>(
    'llm_gateway_answer_lookups_total',
    'Calls of models whose responses are kept; result is hit, miss, or bypass where no earlier response could be given.',
  );
  readonly #series = new Map<string, CounterSeries>();

  constructor(registry: MetricRegistry) {
    registry.add(this.#lookups);
  }

  /** @param result of the cache lookup, for a call that has ended */
  count(result: NonNullable<CallRecord['cache']>, model: string): void {
    const name = `${result} ${model}`;
    let series = this.#series.get(name);
    if (series === undefined) this.#series.set(name, (series = this.#lookups.open({ model, result })));
    series.value++;
  }
}
