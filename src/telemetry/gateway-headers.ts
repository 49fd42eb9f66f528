import { type AttemptRecord } from './attempt-record.js';
import { type RequestRecord } from './request-record.js';

/** What an answer's head says of the way that a model call took. */
export interface GatewayHeaders {
  readonly 'x-gateway-attempts': number;
  readonly 'x-gateway-route'?: string;
  readonly 'x-gateway-overhead-ms': number;
}

/** All that would need quotes or has a meaning in the line, and whatever is not ASCII. */
const UNSAFE = /[^\w!#$&'()*+./:<>?@[\]^`{|}~-]/gu;

/** The headers of a call whose head is about to be written. */
export function gatewayHeaders(record: RequestRecord): GatewayHeaders {
  record.overheadMs = Math.max(0, record.elapsedMs - record.upstreamMs);
  const [first, ...more] = record.attemptLog;
  const headers = {
    'x-gateway-attempts': record.attempts,
    'x-gateway-overhead-ms': Math.round(record.overheadMs * 10) / 10,
  };
  if (first === undefined) return headers;
  if (more.length === 0 && record.error === undefined)
    return { ...headers, 'x-gateway-route': placeOf(first) };
  return { ...headers, 'x-gateway-route': record.attemptLog.map(stepOf).join(', ') };
}

/** Such as `retry gpt-4/east=upstream_error`; without a code for one that went well. */
function stepOf(attempt: AttemptRecord): string {
  const why = attempt.why === 'first' ? '' : `${attempt.why} `;
  return `${why}${placeOf(attempt)}${attempt.error === undefined ? '' : `=${attempt.error}`}`;
}

function placeOf({ model, deployment }: AttemptRecord): string {
  return `${encode(model)}/${encode(deployment)}`;
}

/** Configured names may be Chinese, and headers may not. */
function encode(name: string): string {
  return name.replace(UNSAFE, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}
