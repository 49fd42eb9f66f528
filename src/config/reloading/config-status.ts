const KEPT_REFUSALS = 20;

/** The file that a configuration was read from. */
export interface ConfigSource {
  readonly path: string;
  /** SHA-256 of its bytes, in hexadecimal digits. */
  readonly digest: string;
}

/** A rejected reload. */
export interface RefusedConfig {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** One line each, without configured values that may be secrets. */
  readonly problems: readonly string[];
}

/** The source of the configuration in force, and the later configurations that were rejected. */
export class ConfigStatus {
  /** Undefined if no server has read the configuration from a file. */
  source: ConfigSource | undefined;
  /** Settings that differ from the file until the next start. */
  atNextStart: readonly string[] = [];
  /** Whether the newest configuration was rejected. */
  isRefused = false;
  #refusals: readonly RefusedConfig[] = [];

  /** Newest first, at most twenty. */
  get refusals(): readonly RefusedConfig[] {
    return this.#refusals;
  }

  loaded(source: ConfigSource, atNextStart: readonly string[]): void {
    this.source = source;
    this.atNextStart = atNextStart;
    this.isRefused = false;
  }

  refused(problems: readonly string[]): void {
    this.isRefused = true;
    this.#refusals = [{ atMs: Date.now(), problems }, ...this.#refusals].slice(0, KEPT_REFUSALS);
  }
}
