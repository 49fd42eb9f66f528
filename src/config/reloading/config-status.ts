const KEPT_REFUSALS = 20;

/** The file that a configuration was read from. */
export interface ConfigSource {
  readonly path: string;
  /** SHA-256 of its bytes, in hexadecimal digits. */
  readonly digest: string;
}

/** A reload that was refused. */
export interface RefusedConfig {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** One line each, without configured values that may be secrets. */
  readonly problems: readonly string[];
}

/** Where the configuration in force is from, and which later ones were refused. */
export class ConfigStatus {
  /** Undefined where the configuration was not read by a server. */
  source: ConfigSource | undefined;
  /** Settings that differ from the file until the next start. */
  atNextStart: readonly string[] = [];
  /** Whether the newest configuration was refused. */
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
