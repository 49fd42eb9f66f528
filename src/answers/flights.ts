/** How a call that others waited for has ended, with its response where they may have the same. */
export type Landing<Answer> =
  | { readonly kind: 'kept'; readonly answer: Answer }
  /** Its response is not for others: each has to ask by itself. */
  | { readonly kind: 'unkept' }
  | { readonly kind: 'failed' }
  /** Its client has left, which says nothing of the others. */
  | { readonly kind: 'left' };

/** A call that is running, for others that ask the same. */
export class Flight<Answer> {
  readonly landed: Promise<Landing<Answer>>;
  #land!: (landing: Landing<Answer>) => void;

  constructor(
    private readonly flights: Flights<Answer>,
    private readonly key: string,
  ) {
    this.landed = new Promise((resolve) => (this.#land = resolve));
  }

  /** Must be called once, at its end. */
  land(landing: Landing<Answer>): void {
    this.flights.over(this.key, this);
    this.#land(landing);
  }
}

/** The calls whose responses others wait for, by what they ask. */
export class Flights<Answer> {
  readonly #running = new Map<string, Flight<Answer>>();

  find(key: string): Flight<Answer> | undefined {
    return this.#running.get(key);
  }

  begin(key: string): Flight<Answer> {
    const flight = new Flight(this, key);
    this.#running.set(key, flight);
    return flight;
  }

  over(key: string, flight: Flight<Answer>): void {
    if (this.#running.get(key) === flight) this.#running.delete(key);
  }
}
