import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type LimitScope } from '../../auth/limit-scope.js';
import { type Period } from '../period.js';
import { type SpendHistory } from '../spend-history.js';

/** Longest time that a budget waits for its history. */
const LONGEST_READ_MS = 1000;

/** Reads the initial spending of budgets; never throws and never takes long. */
export class SpendSeeds implements OnApplicationShutdown {
  readonly #log = new Logger('Limits');
  readonly #reading = new Map<string, Promise<number | undefined>>();
  #isUnreadable = false;
  #isEnded = false;

  constructor(private readonly history: SpendHistory | undefined) {}

  /** False: budgets start with what this process knows. */
  get hasHistory(): boolean {
    return this.history !== undefined;
  }

  /** Whether the process is ending, so that nothing is read any more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  onApplicationShutdown(): void {
    this.#isEnded = true;
  }

  /** @returns nano-USD; undefined if it cannot be read now */
  of(scope: LimitScope, period: Period): Promise<number | undefined> {
    if (this.#isEnded) return Promise.resolve(undefined);
    const name = `${scope.kind} ${period.id} ${scope.name}`;
    let reading = this.#reading.get(name);
    if (reading === undefined) {
      reading = this.#read(scope, period).finally(() => this.#reading.delete(name));
      this.#reading.set(name, reading);
    }
    return reading;
  }

  async #read(scope: LimitScope, period: Period): Promise<number | undefined> {
    if (this.history === undefined) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), LONGEST_READ_MS);
    });
    try {
      const spent = await Promise.race([this.history.spentNanoUsd(scope, period), late]);
      if (spent === undefined) this.#unreadable('no response');
      else this.#readable();
      return spent;
    } catch (error) {
      this.#unreadable(error instanceof Error ? error.name : 'unknown error');
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #readable(): void {
    if (!this.#isUnreadable) return;
    this.#isUnreadable = false;
    this.#log.log({ message: 'past spending is read again' });
  }

  #unreadable(reason: string): void {
    if (this.#isUnreadable) return;
    this.#isUnreadable = true;
    this.#log.warn({ message: 'past spending cannot be read, budgets begin with what is known', reason });
  }
}
