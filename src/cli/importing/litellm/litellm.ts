import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { load } from 'js-yaml';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { CommandError } from '../../command-error.js';
import { ImportedGateway } from '../imported-gateway.js';
import { importKeys } from './litellm-keys.js';
import { importModels } from './litellm-models.js';
import { importSettings } from './litellm-settings.js';

/**
 * Imports LiteLLM's `config.yaml`.
 * @param keysPath a file with the response of `GET /key/list?return_full_object=true`
 * @see https://docs.litellm.ai/docs/proxy/config_settings
 * @throws CommandError for a file that cannot be read or is not LiteLLM's
 */
export function importLiteLlm(path: string, keysPath?: string): ImportedGateway {
  const source = withIncluded(readConfig(path), path);
  const gateway = new ImportedGateway();
  importModels(listOf(source['model_list']), listOf(source['credential_list']), gateway);
  importSettings(source, gateway);
  if (keysPath !== undefined) importKeys(parse(keysPath), gateway);
  return gateway;
}

/** The files in `include` add to the lists and mappings of the first one. */
function withIncluded(source: JsonObject, path: string): JsonObject {
  let merged = source;
  for (const included of [source['include']].flat()) {
    if (typeof included !== 'string') continue;
    for (const [key, value] of Object.entries(readConfig(resolve(dirname(path), included)))) {
      const known = merged[key];
      if (Array.isArray(known) && Array.isArray(value)) merged = { ...merged, [key]: [...known, ...value] };
      else if (isJsonObject(known) && isJsonObject(value))
        merged = { ...merged, [key]: { ...known, ...value } };
      else merged = { ...merged, [key]: value };
    }
  }
  return merged;
}

function readConfig(path: string): JsonObject {
  const source = parse(path);
  if (!isJsonObject(source))
    throw new CommandError(`${path} is not a configuration of LiteLLM: expected a mapping`);
  return source;
}

/**
 * Parses YAML, and JSON as a part of it.
 * @throws CommandError
 */
function parse(path: string): unknown {
  try {
    // LiteLLM allows duplicate keys; the last one wins.
    return load(readFileSync(path, 'utf8'), { json: true });
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
