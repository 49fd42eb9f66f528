import { join } from 'node:path';
import { Ajv } from 'ajv';
import { ConfigError, type ConfigProblem } from '../../src/config/loading/config-error.js';
import { PROVIDER_TYPES } from '../../src/providers/provider-types.js';
import { formatPath } from '../../src/config/loading/yaml/yaml-path.js';
import { loadText } from '../fixtures/config/load-text.js';
import { SchemaBuilder } from './build-schema.js';

export const ROOT = join(import.meta.dirname, '..', '..');

const schema = JSON.parse(JSON.stringify(new SchemaBuilder(PROVIDER_TYPES, new Map()).build())) as object;
const validate = new Ajv({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  strictRequired: false,
  strictTypes: false,
}).compile(schema);

/** What the schema finds wrong with a configuration, with places as `check` writes them; empty when it accepts it. */
export function refusedBySchema(config: unknown): { readonly path: string; readonly message: string }[] {
  validate(config);
  return (validate.errors ?? []).map(({ instancePath, message }) => {
    const parts = instancePath.split('/').slice(1);
    const path = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    return {
      path: formatPath(path.map((part) => (/^\d+$/.test(part) ? Number(part) : part))),
      message: message!,
    };
  });
}

/** The problems that `check` finds; empty when it accepts the configuration. */
export function refusedByCheck(config: unknown, env: NodeJS.ProcessEnv = {}): readonly ConfigProblem[] {
  try {
    loadText(JSON.stringify(config), { env });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
}
