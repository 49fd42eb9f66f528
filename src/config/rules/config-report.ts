/** Path relative to the model entry: `tls.ca_file`, or a list of parts where a part may contain a dot or is an index. */
export type ConfigKey = string | readonly (string | number)[];

/** Collects the findings of a model type's rules. */
export interface ConfigReport {
  /** Reports an error that prevents the start. */
  problem(key: ConfigKey, message: string): void;
  /** Reports a setting that works, but probably not as intended. */
  warning(key: ConfigKey, message: string): void;
  /**
   * Reports an absent file: an error, unless the configuration is checked without its secrets.
   * @param what the file, as in `the file /run/secrets/key does not exist`
   */
  absent(key: ConfigKey, what: string, message: string): void;
}
