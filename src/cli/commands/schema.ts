import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Generated from the classes that validate a configuration, and shipped with the package. */
const FILE = join(import.meta.dirname, '..', '..', '..', 'config', 'models.schema.json');

/**
 * Prints the JSON Schema of the configuration.
 * @returns exit code
 */
export function runSchema(): number {
  process.stdout.write(readFileSync(FILE));
  return 0;
}
