import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { load } from 'js-yaml';
import { type JsonObject, isJsonObject } from '../../protocol/json.js';
import { CommandError } from '../command-error.js';
import { ImportedGateway } from './imported-gateway.js';
import { importKeys } from './litellm-keys.js';
import { importModel } from './litellm-models.js';
import { importSettings } from './litellm-settings.js';

/**
 * Reads a `config.yaml` of LiteLLM.
 * @param keysPath a file with the answer of `GET /key/list?return_full_object=true`
 * @see https://docs.litellm.ai/docs/proxy/config_settings
 * @throws CommandError for a file that cannot be read, or is none of LiteLLM's
 */
export function importLiteLlm(path: string, keysPath?: string): ImportedGateway {
  const source = readConfig(path);
  const gateway = new ImportedGateway();
  for (const entry of listOf(source['model_list'])) importModel(entry, gateway);
  for (const included of listOf(source['include'])) {
    if (typeof included !== 'string') continue;
    const other = readConfig(resolve(dirname(path), included));
    for (const entry of listOf(other['model_list'])) importModel(entry, gateway);
  }
  importSettings(source, gateway);
  if (keysPath !== undefined) importKeys(parse(keysPath), gateway);
  return gateway;
}

function readConfig(path: string): JsonObject {
  const source = parse(path);
  if (!isJsonObject(source))
    throw new CommandError(`${path} is not a configuration of LiteLLM: expected a mapping`);
  return source;
}

/** YAML; JSON is a part of it. @throws CommandError */
function parse(path: string): unknown {
  try {
    // LiteLLM's reader lets a key appear twice; the last one counts.
    return load(readFileSync(path, 'utf8'), { json: true });
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
