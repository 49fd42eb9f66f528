import { Injectable } from '@nestjs/common';
import { CallEvents, type CallObserver } from '../../calls/call-events.js';
import { type CallRecord } from '../../calls/call-record.js';
import { CounterSeries, type Sample, ScrapedFamily } from '../families.js';
import { MetricRegistry } from '../metric-registry.js';

const NONE = 'none';
const NANO_PER_USD = 1e9;

/** The spending of one client on one model. */
interface Spend {
  readonly model: string;
  readonly client: string;
  readonly team: string;
  /** Billionths of a US dollar, exact. */
  readonly nanoUsd: CounterSeries;
  readonly unpriced: CounterSeries;
}

/**
 * Sums up the cost of calls when their upstream part ends, which is when they count for budgets.
 */
@Injectable()
export class SpendMetrics implements CallObserver {
  /** By model and client. */
  readonly #spends = new Map<string, Map<string, Spend>>();
  readonly #all: Spend[] = [];

  constructor(registry: MetricRegistry, events: CallEvents) {
    registry.add(
      new ScrapedFamily(
        'llm_gateway_spend_usd_total',
        'What calls cost, in US dollars; team is none for keys without a team.',
        'counter',
        () => this.#samples(({ nanoUsd }) => nanoUsd.value / NANO_PER_USD),
      ),
      new ScrapedFamily(
        'llm_gateway_unpriced_requests_total',
        'Calls whose cost is not known: their usage, or a price of what they used, is missing.',
        'counter',
        () => this.#samples(({ unpriced }) => unpriced.value),
      ),
    );
    events.subscribe(this);
  }

  answered({ model, client = NONE, team = NONE, costNanoUsd }: CallRecord): void {
    if (model === undefined || costNanoUsd === undefined) return;
    let clients = this.#spends.get(model);
    if (clients === undefined) this.#spends.set(model, (clients = new Map<string, Spend>()));
    let spend = clients.get(client);
    if (spend?.team !== team) {
      spend = this.#open(model, client, team);
      clients.set(client, spend);
    }
    if (costNanoUsd === null) spend.unpriced.value++;
    else spend.nanoUsd.value += costNanoUsd;
  }

  /** A key that a reload moved to another team and back continues its former series. */
  #open(model: string, client: string, team: string): Spend {
    const known = this.#all.find(
      (spend) => spend.model === model && spend.client === client && spend.team === team,
    );
    if (known !== undefined) return known;
    const spend = { model, client, team, nanoUsd: new CounterSeries(), unpriced: new CounterSeries() };
    this.#all.push(spend);
    return spend;
  }

  #samples(value: (spend: Spend) => number): readonly Sample[] {
    return this.#all.map((spend) => {
      const { model, client, team } = spend;
      return { labels: { model, client, team }, value: value(spend) };
    });
  }
}
