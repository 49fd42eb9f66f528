import { createHash, hash } from 'node:crypto';
import { type ModelConfig } from '../config/model.config.js';
import { type ClientRequest } from '../dialects/ports/dialect.js';
import { canonicalJson } from './canonical-json.js';

/** The properties that decide whether two calls make the same request. */
export interface AskedCall {
  readonly request: ClientRequest;
  /** The client's headers that are forwarded, with lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly config: ModelConfig;
  /** Who may see the response: a team, a key, or everyone. */
  readonly audience: string;
}

/** Headers that do not affect the response. */
const OF_THE_CALL: ReadonlySet<string> = new Set([
  'accept',
  'content-type',
  'idempotency-key',
  'traceparent',
  'x-request-id',
]);

/**
 * Settings of a model that decide how and when its services are reached, but not the request
 * itself.
 */
const OF_THE_WAY: ReadonlySet<string> = new Set([
  'api_key',
  'auth_url',
  'breaker',
  'cache_answers',
  'commit_wait_seconds',
  'context_length_pattern',
  'deployments',
  'enabled',
  'fallbacks',
  'limits',
  'login',
  'not_secret',
  'on_client_disconnect',
  'password',
  'price',
  'probe',
  'proxy',
  'retry',
  'slow_seconds',
  'strategy',
  'stream_usage',
  'timeouts',
  'tls',
  'token',
  'token_cache_hours',
  'username',
]);

/** Keyed by the configuration object, which a reload keeps if nothing has changed. */
const digests = new WeakMap<ModelConfig, string>();

/**
 * A digest of everything on which the response depends. Calls whose bodies differ only in white
 * space and in the order of keys are the same; calls for different forms of the response, such as a
 * stream and a plain response, are not.
 * @returns undefined for a body that is nested too deeply to be compared
 */
export function keyOf({ request, headers, config, audience }: AskedCall): string | undefined {
  const body = canonicalJson(request.body);
  if (body === undefined) return undefined;
  const asked = Object.keys(headers)
    .filter((name) => !OF_THE_CALL.has(name))
    .toSorted()
    .map((name) => [name, headers[name]]);
  const parts = JSON.stringify([request.dialect.route, audience, digestOf(config), asked]);
  return createHash('sha256').update(parts).update('\0').update(body).digest('base64url');
}

function digestOf(config: ModelConfig): string {
  let digest = digests.get(config);
  if (digest === undefined) {
    const services = config.deployments.map((deployment) => settingsOf(deployment.config));
    digest = hash('sha256', JSON.stringify([settingsOf(config), services]), 'base64url');
    digests.set(config, digest);
  }
  return digest;
}

function settingsOf(config: ModelConfig): [string, unknown][] {
  return Object.entries(config).filter(([name]) => !OF_THE_WAY.has(name));
}
