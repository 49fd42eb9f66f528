/** Something that must reach Redis once, in its order. */
export interface Parcel {
  /** Rises from one to the next. */
  readonly number: number;
  /** @returns whether Redis has answered; if not, it is sent again later */
  send(): Promise<boolean>;
}

/**
 * What this replica has to tell Redis. A parcel stays until Redis has confirmed it; while Redis is unavailable, parcels
 * wait and are then sent in their order, so that Redis can tell by their numbers which ones it has had.
 */
export class Outbox {
  readonly #parcels = new Set<Parcel>();
  #number = 0;

  /** @param onLost called when Redis does not answer */
  constructor(private readonly onLost: () => void) {}

  get size(): number {
    return this.#parcels.size;
  }

  /** @param isOpen whether it may be sent now */
  add(toParcel: (number: number) => Parcel, isOpen: boolean): void {
    const parcel = toParcel(++this.#number);
    this.#parcels.add(parcel);
    if (isOpen) void this.#send(parcel);
  }

  /** Sends all again, in their order and in this turn. @returns whether all were confirmed */
  async sendAll(): Promise<boolean> {
    const confirmed = await Promise.all([...this.#parcels].map((parcel) => this.#send(parcel)));
    return !confirmed.includes(false);
  }

  /** Their effects are known to be told otherwise. */
  clear(): void {
    this.#parcels.clear();
  }

  async #send(parcel: Parcel): Promise<boolean> {
    const isConfirmed = await parcel.send();
    if (isConfirmed) this.#parcels.delete(parcel);
    else this.onLost();
    return isConfirmed;
  }
}
