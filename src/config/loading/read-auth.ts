import { createHash } from 'node:crypto';
import { IsOptional } from 'class-validator';
import { type ApiKeyConfig, AuthConfig } from '../settings.js';
import { Flag, Text, TextLike, TextList } from '../config-rules.js';
import { schemeIn } from './credential-rules.js';
import { type BlockReader } from './block-reader.js';
import { type LoadReport } from './load-report.js';
import { isMapping, valueKind } from './value-kind.js';
import { type YamlPath } from './yaml-path.js';

const NO_CONTROL = /^(?=.*\S)\P{Cc}+$/u;
/** Characters that an HTTP header carries unchanged; a space at either end would be stripped. */
const SENDABLE = /^[!-~]([ -~]*[!-~])?$/;
const UNSENDABLE = 'a non-empty key of visible ASCII characters';

/** Shorter keys can be guessed. */
const SHORT_KEY = 16;

/** An API key written as a mapping. */
class ApiKeyEntry {
  @IsOptional() @TextLike(NO_CONTROL, 'a name without control characters') name?: string;
  @IsOptional() @Text() key?: string;
  @IsOptional() @TextLike(/^[0-9a-f]{64}$/i, '64 hexadecimal digits') key_sha256?: string;
  @IsOptional() @TextList(NO_CONTROL, 'model names or patterns') models?: readonly string[];
  @IsOptional() @Flag() admin?: boolean;
}

/** The digest by which a client's key is compared. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

/** Reads `auth:`; only digests of the keys leave this file. */
export function readAuth(block: unknown, reader: BlockReader, report: LoadReport): AuthConfig {
  const path = ['auth'];
  if (block === undefined || block === null) {
    report.problem(path, 'missing, expected a mapping with api_keys');
    return new AuthConfig();
  }
  const listPath = [...path, 'api_keys'];
  const entries = isMapping(block) ? block['api_keys'] : undefined;
  // The list is read here item by item, so the class gets an empty placeholder.
  const auth = reader.read(AuthConfig, isMapping(block) ? { ...block, api_keys: [] } : block, path);
  if (auth.enabled === false) report.warning([...path, 'enabled'], 'is false: anyone may call without a key');
  if (Array.isArray(entries)) auth.api_keys = readKeys(entries, listPath, reader, report);
  else if (entries !== undefined && entries !== null) {
    report.problem(listPath, `expected a list of API keys, got ${valueKind(entries)}`);
    return auth;
  }
  const isEmpty = !Array.isArray(entries) || entries.length === 0;
  if (isEmpty && isMapping(block) && auth.enabled !== false) {
    report.problem(listPath, 'no key at all, expected at least one (only "enabled: false" lets anyone call)');
  }
  return auth;
}

function readKeys(
  entries: readonly unknown[],
  path: YamlPath,
  reader: BlockReader,
  report: LoadReport,
): ApiKeyConfig[] {
  const keys: ApiKeyConfig[] = [];
  const places = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    const at = [...path, index];
    const key = readKey(entry, `key-${index + 1}`, at, reader, report);
    if (key === undefined) continue;
    const first = places.get(key.key_sha256);
    if (first !== undefined) {
      const line = report.lineAt([...path, first]);
      report.problem(at, `the same key as api_keys[${first}] in line ${line}, expected each key once`);
    } else places.set(key.key_sha256, index);
    keys.push(key);
  }
  return keys;
}

function readKey(
  entry: unknown,
  name: string,
  path: YamlPath,
  reader: BlockReader,
  report: LoadReport,
): ApiKeyConfig | undefined {
  if (typeof entry === 'string') {
    const key = reader.text(entry, path);
    return key === undefined ? undefined : sealed(name, key, path, report);
  }
  if (!isMapping(entry)) {
    const hint = typeof entry === 'number' ? ' (put it in quotes)' : '';
    report.problem(
      path,
      `expected a key or a mapping with key or key_sha256, got ${valueKind(entry)}${hint}`,
    );
    return undefined;
  }
  const { key, key_sha256: digest, models, admin, name: given } = reader.read(ApiKeyEntry, entry, path);
  const restriction = entry['models'];
  // An empty restriction must not mean "all models".
  if (restriction === null || (Array.isArray(restriction) && restriction.length === 0)) {
    report.problem([...path, 'models'], 'is empty, expected model names (or no such key, for every model)');
  }
  if (report.isMuted([...path, 'key']) || report.isMuted([...path, 'key_sha256'])) return undefined;
  if ((key === undefined) === (digest === undefined)) {
    const found = key === undefined ? 'neither' : 'both';
    report.problem(path, `expected exactly one of key and key_sha256, got ${found}`);
    return undefined;
  }
  const sealedKey =
    typeof key === 'string'
      ? sealed(given ?? name, key, [...path, 'key'], report)
      : { name: given ?? name, key_sha256: String(digest).toLowerCase() };
  if (sealedKey !== undefined && models !== undefined) sealedKey.models = models;
  if (sealedKey !== undefined && admin !== undefined) sealedKey.admin = admin;
  return sealedKey;
}

function sealed(name: string, key: string, path: YamlPath, report: LoadReport): ApiKeyConfig | undefined {
  if (!SENDABLE.test(key)) {
    report.problem(
      path,
      `expected ${UNSENDABLE}, got ${key === '' ? 'an empty string' : 'other characters'}`,
    );
    return undefined;
  }
  const scheme = schemeIn(key);
  if (scheme !== undefined) {
    report.problem(
      path,
      `begins with "${scheme} ", expected the key alone: clients send that word themselves`,
    );
    return undefined;
  }
  if (key.length < SHORT_KEY) {
    report.warning(
      path,
      `is shorter than ${SHORT_KEY} characters, which others can guess; expected a longer key (make one: llm-gateway key)`,
    );
  }
  return { name, key_sha256: hashKey(key) };
}
