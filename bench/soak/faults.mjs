import { BIG_MODEL } from './models.mjs';

/** The faults, and how often each occurs among the others. */
const KINDS = [
  [3, { kind: 'refuse' }],
  [1, { kind: 'hang' }],
  [3, { kind: 'status', status: 429, retry_after: 1 }],
  [2, { kind: 'status', status: 500 }],
  [2, { kind: 'status', status: 503 }],
  [1, { kind: 'status', status: 502, raw: 'Bad gateway' }],
  [2, { kind: 'html' }],
  [2, { kind: 'html', status: 502 }],
  [1, { kind: 'unauthorized' }],
  [2, { kind: 'truncated_json' }],
  [4, { kind: 'cut', after: 0 }],
  [4, { kind: 'cut' }],
  [4, { kind: 'cut_inside_event' }],
  [3, { kind: 'end_early' }],
  [1, { kind: 'stall' }],
  [1, { kind: 'stall', after: 0, comment_every_ms: 100 }],
  [3, { kind: 'slow_first_byte', ms: 300 }],
  [2, { kind: 'slow_first_byte', ms: 300, comment_every_ms: 50 }],
  [3, { kind: 'error_event' }],
  [2, { kind: 'malformed_event' }],
  [2, { kind: 'wrong_content_type' }],
  [2, { kind: 'json_for_stream' }],
  [2, { kind: 'stream_for_json' }],
  [2, { kind: 'no_done' }],
  [3, { kind: 'gzip' }],
  [3, { kind: 'keepalive_close' }],
  [3, { kind: 'keepalive_close', under_next_request: true }],
  [3, { kind: 'crlf' }],
  [2, { kind: 'split_bytes', size: 3 }],
];
/** Rare, since each of them affects many calls. */
const OUTAGES = [
  { kind: 'down', ms: 200, probability: 0.0005 },
  { kind: 'token_revoked', model: 'login-upstream', probability: 0.004 },
  { kind: 'status', status: 503, on: 'login', probability: 0.1 },
];

/**
 * The sandbox's rules: about so many calls in a hundred fail, in one way or another.
 * @param {number} percent 0 to 100
 */
export function faultOrders(percent) {
  const big = { kind: 'big', bytes: 1_500_000, chunk_bytes: 16_384, model: BIG_MODEL, times: 'always' };
  if (percent === 0) return [big];
  const weights = KINDS.reduce((sum, [weight]) => sum + weight, 0);
  let left = 1;
  const orders = KINDS.map(([weight, fault]) => {
    // A rule applies only where those before it did not match: its own probability has to make up for that.
    const share = ((weight / weights) * percent) / 100;
    const probability = Math.min(1, share / left);
    left -= share;
    return { ...fault, probability };
  });
  return [...OUTAGES, ...orders, big];
}
