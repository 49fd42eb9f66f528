import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { ModelRegistry } from '../../catalog/model-registry.js';
import { CallEvents, type CallObserver } from '../../calls/call-events.js';
import { type CallRecord } from '../../calls/call-record.js';
import { type Sample, ScrapedFamily } from '../families.js';
import { MetricRegistry } from '../metric-registry.js';

/** The cause if no attempt failed: every slot was busy, or the breakers were open. */
const UNAVAILABLE = 'unavailable';
const BREAKER_STATES = { closed: 0, half_open: 1, open: 2 } as const;

/** Metrics of routing state, read at a scrape, and of retries and fallbacks. */
@Injectable()
export class RoutingMetrics implements CallObserver {
  readonly #retries: Counter<'model' | 'deployment' | 'cause'>;
  readonly #fallbacks: Counter<'from' | 'to' | 'cause'>;

  constructor(registry: MetricRegistry, models: ModelRegistry, events: CallEvents) {
    events.subscribe(this);
    const registers = [registry.register];
    this.#retries = new Counter({
      name: 'llm_gateway_retries_total',
      help: 'Failed attempts that were retried, on the same or another deployment; cause is the error code.',
      labelNames: ['model', 'deployment', 'cause'],
      registers,
    });
    this.#fallbacks = new Counter({
      name: 'llm_gateway_fallbacks_total',
      help: 'Calls that fell back to another model; cause is the error code, or unavailable.',
      labelNames: ['from', 'to', 'cause'],
      registers,
    });
    const perModel = (sample: (model: ReturnType<ModelRegistry['get']>) => number) => (): Sample[] =>
      [...models.list()].map((model) => ({ labels: { model: model.name }, value: sample(model) }));
    registry.add(
      new ScrapedFamily(
        'llm_gateway_requests_in_flight',
        'Calls in progress; a fallback counts under the model that serves it.',
        'gauge',
        perModel(({ limit }) => limit.running),
      ),
      new ScrapedFamily(
        'llm_gateway_queued_requests',
        'Calls waiting for a slot.',
        'gauge',
        perModel(({ limit }) => limit.queued),
      ),
      new ScrapedFamily(
        'llm_gateway_breaker_state',
        'Circuit breaker: 0 closed, 1 half-open, 2 open.',
        'gauge',
        () =>
          [...models.list()].flatMap(({ name: model, deployments }) =>
            deployments.map(({ name: deployment, state }) => ({
              labels: { model, deployment },
              value: BREAKER_STATES[state.breaker.state(performance.now())],
            })),
          ),
      ),
      new ScrapedFamily(
        'llm_gateway_breaker_closed_keys',
        'Keys blocked at a deployment because of their own failures, while others may call.',
        'gauge',
        () =>
          [...models.list()].flatMap(({ name: model, deployments }) =>
            deployments.map(({ name: deployment, state }) => ({
              labels: { model, deployment },
              value: state.breaker.closedTo(performance.now()),
            })),
          ),
      ),
    );
  }

  /** Counts a call that has ended. */
  ended(record: CallRecord): void {
    const { attemptLog } = record;
    if (attemptLog.length < 2 && attemptLog[0]?.why !== 'fallback') return;
    for (const [at, { why, model }] of attemptLog.entries()) {
      const before = attemptLog[at - 1];
      if (why === 'fallback') {
        const from = before?.model ?? record.model!;
        this.#fallbacks.inc({ from, to: model, cause: before?.error ?? UNAVAILABLE });
      } else if (before !== undefined && (why === 'retry' || why === 'failover')) {
        this.#retries.inc({
          model: before.model,
          deployment: before.deployment,
          cause: before.error ?? UNAVAILABLE,
        });
      }
    }
  }
}
