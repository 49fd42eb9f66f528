/** Where the rules of a model type say what they found; `key` is relative to the model entry, as in `tls.ca_file`. */
export interface ConfigReport {
  /** Something that must be mended before the service starts. */
  problem(key: string, message: string): void;
  /** Something that works, but hardly as intended. */
  warning(key: string, message: string): void;
}
