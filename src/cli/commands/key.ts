import { createHash, randomBytes } from 'node:crypto';
import { readExpiry } from '../../config/loading/auth/expiry.js';
import { type CliArguments, UsageError } from '../arguments.js';
import { type NewKey, newKeyOf } from './new-key.js';

const KEY_BYTES = 32;

/**
 * Generates an API key without storing it.
 * @returns exit code
 * @throws UsageError for an option that no entry of the configuration may have, and for an expiry
 * in the past
 */
export function runKey({ isJson, keyOptions }: CliArguments): number {
  const newKey = newKeyOf(keyOptions ?? {});
  checkEnd(newKey.expires);
  const key = `sk-${randomBytes(KEY_BYTES).toString('base64url')}`;
  const digest = createHash('sha256').update(key).digest('hex');
  const entry = entryOf(newKey, digest);
  // Programs that read only the two fields need no entry.
  const written =
    Object.keys(entry).length > FIELDS_ALWAYS
      ? { key, key_sha256: digest, entry }
      : { key, key_sha256: digest };
  process.stdout.write(isJson ? `${JSON.stringify(written)}\n` : explain(key, digest, entry));
  return 0;
}

/** The name and the digest. */
const FIELDS_ALWAYS = 2;
/** The time zone in which a day ends last. */
const LAST_ZONE = 'Etc/GMT+12';

function checkEnd(expires: string | undefined): void {
  if (expires === undefined) return;
  const { atMs, problem } = readExpiry(expires, LAST_ZONE);
  if (problem !== undefined) throw new UsageError(`--expires ${problem}`);
  if (atMs <= Date.now()) throw new UsageError(`--expires is past: ${expires}`);
}

interface Entry {
  readonly name: string;
  readonly key_sha256: string;
  readonly team?: string;
  readonly models?: readonly string[];
  readonly expires_at?: string;
  readonly admin?: boolean;
  readonly limits?: Readonly<Record<string, unknown>>;
}

/** An entry of `auth.api_keys`, without the fields that are not set. */
function entryOf(options: NewKey, digest: string): Entry {
  const { name = 'my-client', team, models, expires, admin, budget } = options;
  const limits = present({
    requests_per_minute: options.requestsPerMinute,
    tokens_per_minute: options.tokensPerMinute,
    max_concurrent: options.maxConcurrent,
    budget,
  });
  const hasLimits = Object.keys(limits).length > 0;
  return present({
    name,
    key_sha256: digest,
    team,
    models,
    expires_at: expires,
    admin,
    limits: hasLimits ? limits : undefined,
  });
}

function present<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}

function explain(key: string, digest: string, entry: Entry): string {
  const [first, ...others] = Object.entries(entry).map(([field, value]) => `${field}: ${yaml(value)}`);
  const team =
    entry.team === undefined
      ? ''
      : `  teams:\n    - name: ${yaml(entry.team)} # once, where it is not listed\n`;
  return `Key:     ${key}
SHA-256: ${digest}

Give the key to the client. It is not stored and cannot be shown again.
The configuration needs the digest only:

auth:
${team}  api_keys:
    - ${[first, ...others].join('\n      ')}
`;
}

/**
 * Writes a value in flow style. A JSON string is valid YAML, but `${` would be read as a
 * placeholder.
 */
function yaml(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('${', () => '$${');
  if (Array.isArray(value)) return `[${value.map(yaml).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([field, inner]) => `${field}: ${yaml(inner)}`)
    .join(', ')} }`;
}
