import { Injectable } from '@nestjs/common';
import { type LedgerState, UsageFigures } from '../../usage/figures/usage-figures.js';
import { ScrapedFamily } from '../families.js';
import { MetricRegistry } from '../metric-registry.js';

/** The state of the store of usage records, read at a scrape. */
@Injectable()
export class UsageMetrics {
  constructor(registry: MetricRegistry, figures: UsageFigures) {
    const family = (
      name: string,
      help: string,
      type: 'counter' | 'gauge',
      value: (state: LedgerState) => number,
    ): ScrapedFamily =>
      new ScrapedFamily(name, help, type, () => [{ labels: {}, value: value(figures.state) }]);
    registry.add(
      family(
        'llm_gateway_usage_store_available',
        'Whether the usage of calls can be written: 0 while its store is away.',
        'gauge',
        ({ isAvailable }) => (isAvailable ? 1 : 0),
      ),
      family(
        'llm_gateway_usage_written_calls_total',
        'Calls whose usage was written to the store.',
        'counter',
        ({ writtenCalls }) => writtenCalls,
      ),
      family(
        'llm_gateway_usage_buffered_calls',
        'Calls whose usage waits to be written.',
        'gauge',
        ({ bufferedCalls }) => bufferedCalls,
      ),
      family(
        'llm_gateway_usage_dropped_calls_total',
        'Calls whose usage is lost, because the store was away for too long or refuses what they contain.',
        'counter',
        ({ droppedCalls }) => droppedCalls,
      ),
      family(
        'llm_gateway_usage_refused_calls_total',
        'Of the dropped calls, those whose data the store refuses.',
        'counter',
        ({ refusedCalls }) => refusedCalls,
      ),
    );
  }
}
