import { Injectable } from '@nestjs/common';
import { type LoginOutcome } from '../../calls/call-trace.js';
import { type RenewalCause, type TokenObserver, TokenEvents } from '../../telemetry/token-events.js';
import { Counter } from 'prom-client';
import { CounterFamily, type CounterSeries } from '../families.js';
import { MetricRegistry } from '../metric-registry.js';

/** Counts lookups, logins and renewals of access tokens. */
@Injectable()
export class TokenMetrics implements TokenObserver {
  readonly #hits = new CounterFamily<'model'>(
    'llm_gateway_token_cache_hits_total',
    'Calls that found their access token in the cache.',
  );
  readonly #hitsOf = new Map<string, CounterSeries>();
  readonly #logins: Counter<'model' | 'outcome'>;
  readonly #renewals: Counter<'model' | 'cause'>;

  constructor(registry: MetricRegistry, events: TokenEvents) {
    registry.add(this.#hits);
    this.#logins = new Counter({
      name: 'llm_gateway_logins_total',
      help: 'Logins to model services by outcome: ok, refused or failed.',
      labelNames: ['model', 'outcome'],
      registers: [registry.register],
    });
    this.#renewals = new Counter({
      name: 'llm_gateway_token_renewals_total',
      help: 'Access tokens renewed early, before expiry, or after the service refused them.',
      labelNames: ['model', 'cause'],
      registers: [registry.register],
    });
    events.subscribe(this);
  }

  tokenFromCache(model: string): void {
    let hits = this.#hitsOf.get(model);
    if (hits === undefined) {
      hits = this.#hits.open({ model });
      this.#hitsOf.set(model, hits);
    }
    hits.value++;
  }

  renewalBegan(model: string, cause: RenewalCause): void {
    this.#renewals.inc({ model, cause });
  }

  loginEnded(model: string, outcome: LoginOutcome): void {
    this.#logins.inc({ model, outcome });
  }
}
