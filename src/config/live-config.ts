import { type GatewayConfig } from './gateway.config.js';

/** What one part of the process made of the configuration. Read `value` where it is needed; never keep it. */
export interface Derived<Value> {
  readonly value: Value;
}

/** @param previous what was derived from the configuration before; undefined at the start */
type Build<Value> = (config: GatewayConfig, previous: Value | undefined) => Value;

type Listener = (config: GatewayConfig, previous: GatewayConfig) => void;

/**
 * The configuration of the moment. It may be replaced while the process runs, so whatever depends on it reads it
 * here on each use, or derives from it what is too dear to make on each use.
 */
export class LiveConfig {
  #current: GatewayConfig;
  #generation = 1;
  #refusedCount = 0;
  #takenAt = performance.now();
  readonly #derivations: Derivation<unknown>[] = [];
  readonly #listeners: Listener[] = [];

  constructor(config: GatewayConfig) {
    this.#current = config;
  }

  get current(): GatewayConfig {
    return this.#current;
  }

  /** Counted from 1, the configuration of the start. */
  get generation(): number {
    return this.#generation;
  }

  /** Since the current configuration took effect. */
  get ageSeconds(): number {
    return (performance.now() - this.#takenAt) / 1000;
  }

  /** How often a configuration was offered that could not be taken over. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /** Notes such a configuration. */
  refused(): void {
    this.#refusedCount++;
  }

  /**
   * Builds a value now and again for each configuration that follows.
   * @param build must have no effect but its result: another part may refuse the configuration after it
   */
  derive<Value>(build: Build<Value>): Derived<Value> {
    const derivation = new Derivation(build, this.#current);
    this.#derivations.push(derivation as Derivation<unknown>);
    return derivation;
  }

  /** Calls back after each change, when everything reads the new configuration already. Listeners do not throw. */
  onReplaced(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /**
   * Takes over a configuration: first everything that derives from it is built, then all is swapped in one turn of
   * the event loop, so that nobody sees half of it.
   * @throws what a `build` threw; nothing has changed then
   */
  replace(config: GatewayConfig): void {
    const swaps = this.#derivations.map((derivation) => derivation.prepare(config));
    const previous = this.#current;
    this.#current = config;
    this.#generation++;
    this.#takenAt = performance.now();
    for (const swap of swaps) swap();
    for (const listener of this.#listeners) listener(config, previous);
  }
}

class Derivation<Value> implements Derived<Value> {
  value: Value;

  constructor(
    private readonly build: Build<Value>,
    config: GatewayConfig,
  ) {
    this.value = build(config, undefined);
  }

  /** @returns what makes the new value the current one */
  prepare(config: GatewayConfig): () => void {
    const next = this.build(config, this.value);
    return () => {
      this.value = next;
    };
  }
}
