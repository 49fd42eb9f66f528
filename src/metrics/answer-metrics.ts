import { Injectable } from '@nestjs/common';
import { CallEvents, type CallObserver } from '../calls/call-events.js';
import { type CallRecord } from '../calls/call-record.js';
import { CounterFamily, type CounterSeries } from './families.js';
import { MetricRegistry } from './metric-registry.js';

/** Counts calls of models whose responses are kept, by whether an earlier response was given. */
@Injectable()
export class AnswerMetrics implements CallObserver {
  readonly #lookups = new CounterFamily<'model' | 'result'>(
    'llm_gateway_answer_lookups_total',
    'Calls of models whose responses are kept; result is hit, miss, or bypass where no earlier response could be given.',
  );
  readonly #series = new Map<string, CounterSeries>();

  constructor(registry: MetricRegistry, events: CallEvents) {
    registry.add(this.#lookups);
    events.subscribe(this);
  }

  ended({ cache: result, model }: CallRecord): void {
    if (result === undefined || model === undefined) return;
    const name = `${result} ${model}`;
    let series = this.#series.get(name);
    if (series === undefined) this.#series.set(name, (series = this.#lookups.open({ model, result })));
    series.value++;
  }
}
