import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config-error.js';

const DEFAULT_PATH = join('config', 'models.yaml');

/** Comes with the package, so that an installed gateway starts in any folder. */
const SHIPPED_PATH = join(import.meta.dirname, '..', '..', '..', DEFAULT_PATH);

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file: a part of its path is not a directory',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EISDIR: 'it is a directory',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'it is not UTF-8 text',
};

/** Why a file cannot be read, for people. */
export function readFailure(error: unknown): string {
  const code = errorCode(error) ?? 'unknown error';
  return REASONS[code] ?? `it cannot be read (${code})`;
}

/** The `code` that Node gives its errors. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}

/** The file that counts: flag, environment, working directory, package. An explicit one has no fallback. */
export function findConfigFile(path: string | undefined, env: NodeJS.ProcessEnv): string {
  // An empty variable is how people switch one off.
  const explicit = path ?? (env['LLM_GATEWAY_CONFIG'] || undefined);
  return explicit ?? (existsSync(DEFAULT_PATH) ? DEFAULT_PATH : SHIPPED_PATH);
}

/**
 * The text of a UTF-8 file, without a byte order mark.
 * @throws errors with a `code`: the file system's, or that of a text in another encoding
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
