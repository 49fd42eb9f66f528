import { createHash } from 'node:crypto';
import { Type } from 'class-transformer';
import { IsOptional, ValidateNested } from 'class-validator';
import { type ApiKeyConfig, AuthConfig, KeyLimitsConfig, NO_CONTROL } from '../../auth.config.js';
import { Flag, Text, TextLike, TextList } from '../../rules/config-rules.js';
import { readExpiry, warnOfEnds } from './expiry.js';
import { limitsOf, warnOfUnheldLimits } from './read-limits.js';
import { checkRotation } from './rotation-rule.js';
import { checkTeams, type PlacedKey } from './team-rules.js';
import { checkTimeZone } from './time-zone-rule.js';
import { schemeIn } from './credential-rules.js';
import { type BlockReader } from '../block-reader.js';
import { type LoadReport } from '../load-report.js';
import { isMapping, valueKind } from '../yaml/value-kind.js';
import { type YamlPath } from '../yaml/yaml-path.js';

/** Characters that an HTTP header carries unchanged; a space at either end would be stripped. */
const SENDABLE = /^[!-~]([ -~]*[!-~])?$/;
const UNSENDABLE = 'a non-empty key of visible ASCII characters';

/** Shorter keys can be guessed. */
const SHORT_KEY = 16;

/** An API key written as a mapping. */
export class ApiKeyEntry {
  @IsOptional() @TextLike(NO_CONTROL, 'a name without control characters') name?: string;
  /** The key itself, or a placeholder such as `${CLIENT_KEY}`; exactly one of `key` and `key_sha256`. */
  @IsOptional() @Text() key?: string;
  @IsOptional() @TextLike(/^[0-9a-fA-F]{64}$/, '64 hexadecimal digits') key_sha256?: string;
  @IsOptional() @TextList(NO_CONTROL, 'model names or patterns') models?: readonly string[];
  @IsOptional() @Flag() admin?: boolean;
  @IsOptional() @Text("a team's name") team?: string;
  @IsOptional() @Text('a date such as "2027-01-31", or an RFC 3339 time') expires_at?: string;
  @IsOptional() @ValidateNested() @Type(() => KeyLimitsConfig) limits?: KeyLimitsConfig;
}

/** The digest by which a client's key is compared. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

/** Digests of the keys that shell commands produce from a variable without a value. */
const NO_KEY: ReadonlySet<string> = new Set(['', '\n', '\r\n'].map(hashKey));

/** Reads `auth:`; only digests of the keys leave this file. */
export function readAuth(block: unknown, reader: BlockReader, report: LoadReport): AuthConfig {
  const path = ['auth'];
  if (block === undefined || block === null) {
    report.problem(path, 'missing, expected a mapping with api_keys');
    return new AuthConfig();
  }
  const listPath = [...path, 'api_keys'];
  const entries = isMapping(block) ? block['api_keys'] : undefined;
  // The list is read item by item below, so the class gets an empty placeholder.
  const auth = reader.read(AuthConfig, isMapping(block) ? { ...block, api_keys: [] } : block, path);
  if (auth.enabled === false) report.warning([...path, 'enabled'], 'is false: anyone may call without a key');
  // Dates need a time zone. An invalid zone is reported, and the dates are still checked.
  const timeZone = checkTimeZone(auth.time_zone, [...path, 'time_zone'], report) ? auth.time_zone : 'UTC';
  const teams = isMapping(block) ? block['teams'] : undefined;
  const areTeamsRead = teams === undefined || teams === null || Array.isArray(teams);
  readTeamLimits(auth, teams, [...path, 'teams'], report);
  if (Array.isArray(entries)) {
    const keys = readKeys(entries, listPath, { reader, report, timeZone });
    // An unreadable list is already reported. An unreadable key still belongs to its team.
    const named = entries.flatMap((entry: unknown) => (isMapping(entry) ? [entry['team']] : []));
    if (areTeamsRead) checkTeams(auth.teams, keys, named, report);
    checkRotation(keys, report);
    warnOfEnds(keys, Date.now(), report);
    auth.api_keys = keys.map(({ key }) => key);
  } else if (entries !== undefined && entries !== null) {
    report.problem(listPath, `expected a list of API keys, got ${valueKind(entries)}`);
    return auth;
  }
  if (auth.enabled === false) warnOfUnheldLimits(auth, report);
  const isEmpty = !Array.isArray(entries) || entries.length === 0;
  if (isEmpty && isMapping(block) && auth.enabled !== false) {
    report.problem(listPath, 'no key at all, expected at least one (only "enabled: false" lets anyone call)');
  }
  return auth;
}

/** The context in which the entries of the list are read. */
interface Reading {
  readonly reader: BlockReader;
  readonly report: LoadReport;
  /** The zone of dates. */
  readonly timeZone: string;
}

function readTeamLimits(auth: AuthConfig, raw: unknown, path: YamlPath, report: LoadReport): void {
  if (!Array.isArray(raw)) return;
  for (const [index, team] of auth.teams.entries()) {
    const entry: unknown = raw[index];
    const limits = isMapping(entry) ? entry['limits'] : undefined;
    team.limits = limitsOf(limits, team.limits, [...path, index, 'limits'], report);
  }
}

function readKeys(entries: readonly unknown[], path: YamlPath, reading: Reading): PlacedKey[] {
  const { report } = reading;
  const keys: PlacedKey[] = [];
  const places = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    const at = [...path, index];
    const key = readKey(entry, `key-${index + 1}`, at, reading);
    if (key === undefined) continue;
    const first = places.get(key.key_sha256);
    if (first !== undefined) {
      const line = report.lineAt([...path, first]);
      report.problem(at, `the same key as api_keys[${first}] in line ${line}, expected each key once`);
    } else places.set(key.key_sha256, index);
    keys.push({ key, index });
  }
  return keys;
}

function readKey(
  entry: unknown,
  name: string,
  path: YamlPath,
  { reader, report, timeZone }: Reading,
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
  const read = reader.read(ApiKeyEntry, entry, path);
  const { key, key_sha256: digest, name: given } = read;
  const restriction = entry['models'];
  // An empty restriction must not mean "all models".
  if (restriction === null || (Array.isArray(restriction) && restriction.length === 0)) {
    report.problem([...path, 'models'], 'is empty, expected model names (or no such key, for every model)');
  }
  const limits = limitsOf(entry['limits'], read.limits, [...path, 'limits'], report);
  const expiresAtMs = readEnd(read.expires_at, timeZone, [...path, 'expires_at'], report);
  if (report.isMuted([...path, 'key']) || report.isMuted([...path, 'key_sha256'])) return undefined;
  if ((key === undefined) === (digest === undefined)) {
    const found = key === undefined ? 'neither' : 'both';
    report.problem(path, `expected exactly one of key and key_sha256, got ${found}`);
    return undefined;
  }
  if (NO_KEY.has(String(digest).toLowerCase())) {
    report.problem(
      [...path, 'key_sha256'],
      'is the digest of no key at all, as of a variable that is not set; expected that of a key (printf %s "$KEY" | sha256sum)',
    );
    return undefined;
  }
  const sealedKey =
    typeof key === 'string'
      ? sealed(given ?? name, key, [...path, 'key'], report)
      : { name: given ?? name, key_sha256: String(digest).toLowerCase() };
  if (sealedKey === undefined) return undefined;
  const { models, admin, team, expires_at } = read;
  return Object.assign(sealedKey, present({ models, admin, team, expires_at, expiresAtMs, limits }));
}

/** Omits fields whose value is undefined. */
function present<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

function readEnd(text: unknown, timeZone: string, path: YamlPath, report: LoadReport): number | undefined {
  if (typeof text !== 'string' || text.trim() === '' || report.isMuted(path)) return undefined;
  const { atMs, problem } = readExpiry(text, timeZone);
  if (problem !== undefined) report.problem(path, problem);
  return atMs;
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
