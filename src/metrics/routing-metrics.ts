import { Injectable } from '@nestjs/common';
import { Counter } from 'prom-client';
import { ModelRegistry } from '../catalog/model-registry.js';
import { CallEvents, type CallObserver } from '../calls/call-events.js';
import { type CallRecord } from '../calls/call-record.js';
import { type Sample, ScrapedFamily } from './families.js';
import { MetricRegistry } from './metric-registry.js';

/** Where no attempt failed: every place was busy, or left alone by its breaker. */
const UNAVAILABLE = 'unavailable';
const BREAKER_STATES = { closed: 0, half_open: 1, open: 2 } as const;

/** What routing looks like when somebody asks, and how often calls were tried again. */
@Injectable()
export class RoutingMetrics implements CallObserver {
  readonly #retries: Counter<'model' | 'deployment' | 'cause'>;
  readonly #fallbacks: Counter<'from' | 'to' | 'cause'>;

  constructor(registry: MetricRegistry, models: ModelRegistry, events: CallEvents) {
    events.subscribe(this);
    const registers = [registry.register];
    this.#retries = new Counter({
      name: 'llm_gateway_retries_total',
      help: 'Attempts that failed and were repeated, there or at another deployment; cause is the error code.',
      labelNames: ['model', 'deployment', 'cause'],
      registers,
    });
    this.#fallbacks = new Counter({
      name: 'llm_gateway_fallbacks_total',
      help: 'Calls that went on to another model; cause is the error code, or unavailable.',
      labelNames: ['from', 'to', 'cause'],
      registers,
    });
    const perModel = (sample: (model: ReturnType<ModelRegistry['get']>) => number) => (): Sample[] =>
      [...models.list()].map((model) => ({ labels: { model: model.name }, value: sample(model) }));
    registry.add(
      new ScrapedFamily(
        'llm_gateway_requests_in_flight',
        'Calls that run, fallbacks under the model that answers.',
        'gauge',
        perModel(({ limit }) => limit.running),
      ),
      new ScrapedFamily(
        'llm_gateway_queued_requests',
        'Calls that wait for a place.',
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
        'Keys that a deployment is closed to for their own failures, while others may call.',
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

  /** Takes in a call that has ended. */
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
