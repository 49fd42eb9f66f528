/** One series in an exposition, in prom-client's format. */
export interface Sample {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly sharedLabels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric in the format that prom-client's registry requests at a scrape. */
export interface Exposition {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly values: readonly Sample[];
}

/** One monotonically increasing series. */
export class CounterSeries {
  value = 0;
}

/**
 * Counters of one name. Callers keep a series and increment its number: prom-client's children build a string of all
 * labels at each increment, which is too expensive for every request.
 */
export class CounterFamily<Label extends string> {
  readonly #series: [Readonly<Record<Label, string>>, CounterSeries][] = [];

  constructor(
    readonly name: string,
    private readonly help: string,
  ) {}

  /** Creates a series; call it once per set of labels. */
  open(labels: Readonly<Record<Label, string>>): CounterSeries {
    const series = new CounterSeries();
    this.#series.push([labels, series]);
    return series;
  }

  get(): Promise<Exposition> {
    const values = this.#series.map(([labels, { value }]) => ({ labels, value }));
    return Promise.resolve({ name: this.name, help: this.help, type: 'counter', values });
  }
}

/** One histogram. */
export class HistogramSeries {
  /** Observations between a bound and the one before; the last entry is above all bounds. */
  readonly counts: number[];
  sum = 0;

  constructor(private readonly bounds: readonly number[]) {
    this.counts = [...bounds, 0].fill(0);
  }

  observe(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at++;
    this.counts[at]!++;
    this.sum += value;
  }
}

/** Histograms of one name and with the same buckets; see CounterFamily. */
export class HistogramFamily<Label extends string> {
  readonly #series: [Readonly<Record<Label, string>>, HistogramSeries][] = [];

  /** @param bounds upper bounds, ascending; `+Inf` is added */
  constructor(
    readonly name: string,
    private readonly help: string,
    private readonly bounds: readonly number[],
  ) {}

  /** Creates a series; call it once per set of labels. */
  open(labels: Readonly<Record<Label, string>>): HistogramSeries {
    const series = new HistogramSeries(this.bounds);
    this.#series.push([labels, series]);
    return series;
  }

  get(): Promise<Exposition> {
    const values = this.#series.flatMap(([labels, series]) => this.#samples(labels, series));
    return Promise.resolve({ name: this.name, help: this.help, type: 'histogram', values });
  }

  #samples(sharedLabels: Readonly<Record<Label, string>>, { counts, sum }: HistogramSeries): Sample[] {
    let total = 0;
    const buckets = counts.map((count, at) => {
      total += count;
      return {
        metricName: `${this.name}_bucket`,
        labels: { le: this.bounds[at] ?? '+Inf' },
        sharedLabels,
        value: total,
      };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels: {}, sharedLabels, value: sum },
      { metricName: `${this.name}_count`, labels: {}, sharedLabels, value: total },
    ];
  }
}

/** A metric whose series are computed at a scrape. */
export class ScrapedFamily {
  constructor(
    readonly name: string,
    private readonly help: string,
    private readonly type: 'counter' | 'gauge',
    private readonly samples: () => readonly Sample[] | Promise<readonly Sample[]>,
  ) {}

  async get(): Promise<Exposition> {
    return { name: this.name, help: this.help, type: this.type, values: await this.samples() };
  }
}
