/** Relative to the model entry: `tls.ca_file`, or its parts where one may hold a dot or is a position in a list. */
export type ConfigKey = string | readonly (string | number)[];

/** Where the rules of a model type say what they found. */
export interface ConfigReport {
  /** Something that must be mended before the service starts. */
  problem(key: ConfigKey, message: string): void;
  /** Something that works, but hardly as intended. */
  warning(key: ConfigKey, message: string): void;
}
