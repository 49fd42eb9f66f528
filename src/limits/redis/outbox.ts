import { type RedisConnection, isStateRefusal } from '../../cache/redis-connection.js';
import { type Script, isUnknownScript } from './scripts/script.js';

/** A message that must take effect in Redis exactly once. */
interface Parcel {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly valuesOf: (number: number) => readonly (string | number)[];
  /** Increases from one parcel to the next, in the order of sending. */
  number: number;
  /** Number of attempts to send it with that number. */
  attempts: number;
  /** Number of attempts that certainly had no effect. */
  vain: number;
}

/**
 * The outcome of an attempt. `vain`: it had no effect. `unread`: it had no effect, because Redis
 * does not know the script. `unknown`: it may have had an effect.
 */
type Receipt = 'confirmed' | 'vain' | 'unread' | 'unknown';

const UNREAD = Symbol('unread');

/**
 * Messages of this replica to Redis. A parcel is kept until Redis has confirmed it. While Redis is
 * unavailable, parcels wait and are then sent in order, so that Redis can recognise by their
 * numbers which ones it already has.
 */
export class Outbox {
  readonly #parcels = new Set<Parcel>();
  #number = 0;

  /** @param onLost called when Redis does not respond */
  constructor(
    private readonly redis: RedisConnection,
    private readonly onLost: () => void,
  ) {}

  get size(): number {
    return this.#parcels.size;
  }

  /**
   * @param valuesOf the values of the script, including the number of the parcel
   * @param isOpen whether the parcel may be sent now
   */
  add(script: Script, keys: readonly string[], valuesOf: Parcel['valuesOf'], isOpen: boolean): void {
    const parcel: Parcel = { script, keys, valuesOf, number: ++this.#number, attempts: 0, vain: 0 };
    this.#parcels.add(parcel);
    if (isOpen) void this.#send(parcel);
  }

  /**
   * Sends all parcels again, in order and in this turn of the event loop.
   * @returns whether all were confirmed
   */
  async sendAll(): Promise<boolean> {
    const confirmed = await Promise.all([...this.#parcels].map((parcel) => this.#send(parcel)));
    return !confirmed.includes(false);
  }

  /** Drops all parcels, because their effects are reported in another way. */
  clear(): void {
    this.#parcels.clear();
  }

  async #send(parcel: Parcel, hasText = false): Promise<boolean> {
    parcel.attempts++;
    const receipt = await this.#attempt(parcel, hasText);
    if (receipt === 'confirmed') {
      this.#parcels.delete(parcel);
      return true;
    }
    if (receipt !== 'unknown') parcel.vain++;
    if (parcel.vain === parcel.attempts && this.#renumber(parcel) && receipt === 'unread')
      return this.#send(parcel, true);
    this.onLost();
    return false;
  }

  /**
   * Gives a parcel a new number: Redis may have received later parcels meanwhile, and would take a
   * lower number for a parcel that it already has.
   * @returns whether the parcel is still waiting
   */
  #renumber(parcel: Parcel): boolean {
    if (!this.#parcels.delete(parcel)) return false;
    parcel.number = ++this.#number;
    parcel.attempts = parcel.vain = 0;
    this.#parcels.add(parcel);
    return true;
  }

  async #attempt({ script, keys, valuesOf, number }: Parcel, hasText: boolean): Promise<Receipt> {
    let receipt: Receipt = 'vain';
    const send = async (): Promise<unknown> => {
      receipt = 'unknown';
      try {
        const values = valuesOf(number);
        return await (hasText
          ? script.sendText(this.redis, keys, values)
          : script.send(this.redis, keys, values));
      } catch (error) {
        if (isUnknownScript(error)) return UNREAD;
        if (isStateRefusal(error)) receipt = 'vain';
        throw error;
      }
    };
    const reply = await this.redis.run(send, undefined);
    if (reply === UNREAD) return 'unread';
    return reply === undefined ? receipt : 'confirmed';
  }
}
