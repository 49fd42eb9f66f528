/** How a call that others waited for has ended, with its response if it may be shared. */
export type Landing<Answer> =
  | { readonly kind: 'kept'; readonly answer: Answer }
  /** Its response must not be shared, so each of the others has to make its own call. */
  | { readonly kind: 'unkept' }
  | { readonly kind: 'failed' }
  /** Its client disconnected, which does not affect the others. */
  | { readonly kind: 'left' };

/** A running call, for which other calls with the same request wait. */
export class Flight<Answer> {
  readonly landed: Promise<Landing<Answer>>;
  #land!: (landing: Landing<Answer>) => void;

  constructor(
    private readonly flights: Flights<Answer>,
    private readonly key: string,
  ) {
    this.landed = new Promise((resolve) => (this.#land = resolve));
  }

  /** Must be called exactly once, when the call ends. */
  land(landing: Landing<Answer>): void {
    this.flights.over(this.key, this);
    this.#land(landing);
  }
}

/** The running calls for whose responses others may wait, by request key. */
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
