import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './config-error.js';

const DEFAULT_PATH = join('config', 'models.yaml');

/** Shipped with the package, so that an installed gateway starts in any folder. */
const SHIPPED_PATH = join(import.meta.dirname, '..', '..', '..', DEFAULT_PATH);

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file: part of its path is not a directory',
  EACCES: 'permission denied for this user',
  EPERM: 'permission denied for this user',
  EISDIR: 'it is a directory',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
};

/** Describes in plain words why a file cannot be read. */
export function readFailure(error: unknown): string {
  const code = errorCode(error) ?? 'unknown error';
  return REASONS[code] ?? `it cannot be read (${code})`;
}

/** Whether an error says that the file does not exist. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');
}

/** The `code` of a Node error. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}

/** Finds the configuration file: flag, environment, working directory, package. An explicit path has no fallback. */
export function findConfigFile(path: string | undefined, env: NodeJS.ProcessEnv): string {
  // An empty variable counts as unset.
  const explicit = path ?? (env['LLM_GATEWAY_CONFIG'] || undefined);
  return explicit ?? (existsSync(DEFAULT_PATH) ? DEFAULT_PATH : SHIPPED_PATH);
}

/**
 * Reads a UTF-8 file, without its byte order mark.
 * @throws Error with a `code`: from the file system, or for text in another encoding
 */
export function readText(path: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
}

/** @throws ConfigError when the configuration cannot be read as text */
export function readConfigFile(path: string): string {
  try {
    return readText(path);
  } catch (error) {
    const message = `cannot load the configuration: ${readFailure(error)}`;
    throw new ConfigError([{ file: path, path: '', message }], error);
  }
}
