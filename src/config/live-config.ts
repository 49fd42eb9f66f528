import { ConfigStatus } from './reloading/config-status.js';
import { type GatewayConfig } from './gateway.config.js';

/** A value derived from the configuration. Read `value` on each use; never store it. */
export interface Derived<Value> {
  readonly value: Value;
}

/** @param previous the value derived from the previous configuration; undefined at startup */
type Build<Value> = (config: GatewayConfig, previous: Value | undefined) => Value;

type Listener = (config: GatewayConfig, previous: GatewayConfig) => void;

/**
 * The current configuration. It may be replaced while the process runs, so read it here on each use, or use `derive`
 * for values that are expensive to build.
 */
export class LiveConfig {
  readonly status = new ConfigStatus();
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

  /** Number of the current configuration; the one loaded at startup is 1. */
  get generation(): number {
    return this.#generation;
  }

  /** Seconds since the current configuration took effect. */
  get ageSeconds(): number {
    return (performance.now() - this.#takenAt) / 1000;
  }

  /** Number of configurations that were rejected on reload. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /** Notes a configuration that was rejected. @param problems one line each, without secrets */
  refused(problems: readonly string[]): void {
    this.#refusedCount++;
    this.status.refused(problems);
  }

  /**
   * Builds a value now, and again for each later configuration.
   * @param build must have no side effects: a later `build` may still reject the configuration
   */
  derive<Value>(build: Build<Value>): Derived<Value> {
    const derivation = new Derivation(build, this.#current);
    this.#derivations.push(derivation as Derivation<unknown>);
    return derivation;
  }

  /** Calls the listener after each change, when the new configuration is already in force. Listeners must not throw. */
  onReplaced(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /**
   * Replaces the configuration. All derived values are built first, then swapped together in one turn of the event
   * loop, so no reader sees a mixture.
   * @throws whatever a `build` throws; the old configuration then stays in force
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

  /** @returns a function that makes the new value current */
  prepare(config: GatewayConfig): () => void {
    const next = this.build(config, this.value);
    return () => {
      this.value = next;
    };
  }
}
