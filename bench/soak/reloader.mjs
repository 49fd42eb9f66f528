import { renameSync, writeFileSync } from 'node:fs';

/** Changes the configuration again and again while the gateway serves; every third time to a broken one. */
export class Reloader {
  good = 0;
  broken = 0;
  #timer;
  #times = 0;

  /**
   * @param {string} file
   * @param {(round: number) => object} configOf what the file says in each round
   */
  constructor(file, configOf) {
    this.file = file;
    this.configOf = configOf;
  }

  /** @param {number} everyMs 0 = never */
  start(everyMs) {
    if (everyMs > 0) this.#timer = setInterval(() => this.#change(), everyMs);
  }

  /** Leaves a valid file behind. */
  stop() {
    clearInterval(this.#timer);
    if (this.#times % 3 === 2) this.#change();
  }

  #change() {
    this.#times += 1;
    const isBroken = this.#times % 3 === 2;
    const config = this.configOf(this.#times);
    this[isBroken ? 'broken' : 'good'] += 1;
    // As editors do: a half-written file is never seen under the final name.
    writeFileSync(`${this.file}.new`, JSON.stringify(isBroken ? { ...config, modles: [] } : config));
    renameSync(`${this.file}.new`, this.file);
  }
}
