import { createPrivateKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isJsonObject, parseJson } from '../../protocol/json.js';
import { type ConfigReport } from '../rules/config-report.js';
import { GOOGLE_KEY_TYPES, type GoogleAuthConfig, type GoogleKey } from './google-auth.config.js';
import { isLoopback } from '../loading/auth/key-rules.js';
import { isAbsent, readFailure, readText } from '../loading/config-file.js';

const METADATA_HOST = 'metadata.google.internal';
const PLACE = 'google_auth.key_file';
/** Required fields of each type of key file. */
const REQUIRED: Readonly<Record<GoogleKey['type'], readonly string[]>> = {
  service_account: ['client_email', 'private_key'],
  authorized_user: ['client_id', 'client_secret', 'refresh_token'],
};

/** Resolves the path of a `google_auth:` block against the configuration's folder. */
export function resolveGoogleKey(auth: GoogleAuthConfig, folder: string): void {
  if (typeof auth.key_file === 'string' && auth.key_file !== '')
    auth.key_file = resolve(folder, auth.key_file);
}

/**
 * Reads the key file of a `google_auth:` block, or the application default credentials if it names
 * no file (https://cloud.google.com/docs/authentication/application-default-credentials), so that
 * errors show at startup.
 * @param files receives the path that was read
 */
export function readGoogleKey(
  auth: GoogleAuthConfig,
  env: NodeJS.ProcessEnv,
  report: ConfigReport,
  files: Set<string>,
): void {
  const path = auth.key_file ?? defaultKeyFile(env);
  if (typeof path !== 'string' || path === '') {
    auth.metadata_host = env['GCE_METADATA_HOST'] || METADATA_HOST;
    return;
  }
  files.add(path);
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    // The message does not quote the path: people paste whole keys where a path is expected.
    const message = `the file cannot be used: ${readFailure(error)}`;
    if (isAbsent(error)) report.absent(PLACE, 'the file does not exist', message);
    else report.problem(PLACE, message);
    return;
  }
  const key = parseJson(text);
  const problem = problemOf(key);
  if (problem === undefined) auth.key = key as GoogleKey;
  else report.problem(PLACE, problem);
}

/** The file of the application default credentials; undefined if there is none. */
function defaultKeyFile(env: NodeJS.ProcessEnv): string | undefined {
  const named = env['GOOGLE_APPLICATION_CREDENTIALS'];
  if (named !== undefined && named !== '') return resolve(named);
  const { CLOUDSDK_CONFIG: own, HOME: home } = env;
  const folder = own || (home && join(home, '.config/gcloud'));
  const file = folder && join(folder, 'application_default_credentials.json');
  return file && existsSync(file) ? file : undefined;
}

function problemOf(key: unknown): string | undefined {
  if (!isJsonObject(key)) return 'the file is not JSON, expected the JSON key of a service account';
  const type = GOOGLE_KEY_TYPES.find((known) => known === key['type']);
  if (type === undefined) return `the file has no known type, expected one of ${GOOGLE_KEY_TYPES.join(', ')}`;
  const missing = REQUIRED[type].filter((field) => typeof key[field] !== 'string' || key[field] === '');
  if (missing.length > 0) return `the file lacks ${missing.join(', ')}`;
  if (type === 'service_account' && !isPrivateKey(key['private_key'] as string))
    return 'the private_key in the file cannot be read, expected a PEM key without passphrase';
  const { token_uri: address } = key;
  if (address !== undefined && !isSafeAddress(address))
    return 'the token_uri in the file is not an https:// address';
  return undefined;
}

/** Plain http:// is safe only within this machine. */
function isSafeAddress(address: unknown): boolean {
  if (typeof address !== 'string' || !URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

function isPrivateKey(pem: string): boolean {
  try {
    createPrivateKey(pem);
    return true;
  } catch {
    return false;
  }
}
