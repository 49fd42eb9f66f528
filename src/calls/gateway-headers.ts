import { COMMON_RATE_LIMITS, isRateLimitHeader } from '../protocol/rate-limits.js';
import { type AttemptRecord } from './attempt-record.js';
import { type CallRecord } from './call-record.js';

/** The response headers that describe how a model call was routed. */
export interface GatewayHeaders {
  readonly 'x-request-id': string;
  readonly 'x-gateway-attempts': number;
  readonly 'x-gateway-overhead-ms': number;
  'x-gateway-route'?: string;
  'x-gateway-dropped'?: string;
  'x-gateway-cache'?: 'hit' | 'miss';
}

const NO_HEADERS: Readonly<Record<string, string>> = {};
/**
 * Characters that have a meaning in the header or would require quotes, and everything beyond
 * ASCII.
 */
const UNSAFE = /[^\w!#$&'()*+./:<>?@[\]^`{|}~-]/gu;
const IS_SAFE = /^[\w!#$&'()*+./:<>?@[\]^`{|}~-]*$/;

/** The request id in the header of the client's wire format, if that is not `x-request-id`. */
export function ownRequestId({ route, requestId }: CallRecord): Record<string, string> {
  const header = route?.requestIdHeader;
  return header === undefined ? {} : { [header]: requestId };
}

/**
 * The response headers of the service. If the client has limits per minute in the gateway, the
 * gateway's own rate-limit headers replace those of the service, because clients could not tell two
 * sets apart.
 */
export function withOwnLimits(
  forwarded: Readonly<Record<string, string>>,
  { standings, route }: CallRecord,
): Readonly<Record<string, string>> {
  if (standings === undefined) return forwarded;
  const headers = (route?.rateLimits ?? COMMON_RATE_LIMITS)(standings);
  for (const name in forwarded) if (!isRateLimitHeader(name)) headers[name] = forwarded[name]!;
  return headers;
}

/**
 * All headers of a response that is about to begin, except those about its body.
 * @param forwarded headers that the service sent for its client
 */
export function responseHeaders(
  record: CallRecord,
  forwarded: Readonly<Record<string, string>> = NO_HEADERS,
): Record<string, string | number> {
  const headers = gatewayHeaders(record) as GatewayHeaders & Record<string, string | number>;
  const own = record.route?.requestIdHeader;
  if (own !== undefined) headers[own] = record.requestId;
  const said = record.standings === undefined ? forwarded : withOwnLimits(forwarded, record);
  for (const name in said) headers[name] = said[name]!;
  return headers;
}

/** The headers that describe how a call was routed. */
export function gatewayHeaders(record: CallRecord): GatewayHeaders {
  const { attemptLog, elapsedMs } = record;
  record.overheadMs = Math.max(0, elapsedMs - record.upstreamMs(elapsedMs));
  const headers: GatewayHeaders = {
    'x-request-id': record.requestId,
    'x-gateway-attempts': record.attempts,
    'x-gateway-overhead-ms': Math.round(record.overheadMs * 10) / 10,
  };
  if (attemptLog.length === 1 && record.error === undefined)
    headers['x-gateway-route'] = placeOf(attemptLog[0]!);
  else if (attemptLog.length > 0) headers['x-gateway-route'] = attemptLog.map(stepOf).join(', ');
  if (record.dropped.length > 0) headers['x-gateway-dropped'] = record.dropped.map(encode).join(', ');
  if (record.cache !== undefined) headers['x-gateway-cache'] = record.cache === 'hit' ? 'hit' : 'miss';
  return headers;
}

/**
 * One step of the route, such as `retry gpt-4/east=upstream_error`; a successful attempt has no
 * code.
 */
function stepOf(attempt: AttemptRecord): string {
  const why = attempt.why === 'first' ? '' : `${attempt.why} `;
  return `${why}${placeOf(attempt)}${attempt.error === undefined ? '' : `=${attempt.error}`}`;
}

function placeOf({ model, deployment }: AttemptRecord): string {
  const isSafe = IS_SAFE.test(model) && IS_SAFE.test(deployment);
  return isSafe ? `${model}/${deployment}` : `${encode(model)}/${encode(deployment)}`;
}

/** Configured names may be Chinese; header values must be ASCII. */
function encode(name: string): string {
  return name.replace(UNSAFE, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}
