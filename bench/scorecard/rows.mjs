/**
 * @typedef {object} Row one fault, and what its client must see behind each protection
 * @property {string} name @property {string} title @property {boolean} isStream
 * @property {object} [fault] for the sandbox
 * @property {boolean} [isDead] nothing listens at the address
 * @property {boolean} [hasLogin] the model logs in
 * @property {boolean} [isOnce] the fault affects one call, whatever the protection
 * @property {boolean} [hasPrelude] the fault shows in the call after the one that it is ordered for
 * @property {number} leastMs @property {number} mostMs of whole answers; slack for a busy machine comes on top
 * @property {Record<string, string>} expected by protection: `whole`, `STATUS CODE`, `in-band CODE`, or `-`
 */

const WHOLE = 'whole';
const OPEN = '500 circuit_open';

/** Faults before the response headers that would not recur with the next call. */
const passing = (code) => ({
  none: code,
  retry: WHOLE,
  deployment: WHOLE,
  fallback: WHOLE,
  commit: WHOLE,
  breaker: OPEN,
});
/** The same for faults that would recur, or take as long again, at the same service. */
const lasting = (code) => ({ ...passing(code), retry: code });
/** Headers are sent before the first chunk; another service can be chosen only while they are held back. */
const afterHead = (code) => {
  const inBand = `in-band ${code}`;
  return { none: inBand, retry: inBand, deployment: inBand, fallback: inBand, commit: WHOLE, breaker: OPEN };
};
/** Part of the response was sent: the client can only be told of the failure. */
const midway = (code) => ({ ...afterHead(code), commit: `in-band ${code}` });
const harmless = Object.fromEntries(
  ['none', 'retry', 'deployment', 'fallback', 'commit', 'breaker'].map((name) => [name, WHOLE]),
);

const plain = (name, title, fault, expected, more = {}) => ({
  name: `${name}-json`,
  title,
  isStream: false,
  fault,
  expected,
  leastMs: 0,
  mostMs: 0,
  ...more,
});
const stream = (name, title, fault, expected, more = {}) => ({
  name: `${name}-stream`,
  title,
  isStream: true,
  fault,
  expected,
  leastMs: 0,
  mostMs: 0,
  ...more,
});
const both = (...row) => [plain(...row), stream(...row)];

const TOO_LONG = {
  kind: 'status',
  status: 400,
  body: {
    error: {
      message: 'Too long.',
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    },
  },
};
const tooLong = Object.fromEntries(
  Object.keys(harmless).map((name) => [name, name === 'fallback' ? WHOLE : '400 context_length_exceeded']),
);

// A breaker is for services that fail. A service that is merely busy is not called for as long as it asks,
// and calls sent there all the same get the 429; a refused credential must be recognised as such.

/** @type {readonly Row[]} */
export const ROWS = [
  ...both('dead', 'nobody listens', undefined, lasting('500 upstream_unreachable'), { isDead: true }),
  ...both('refuse', 'connection reset', { kind: 'refuse' }, passing('500 upstream_unreachable')),
  ...both(
    'keepalive',
    'kept connection closed under the request',
    { kind: 'keepalive_close', under_next_request: true },
    { ...passing('500 upstream_unreachable'), breaker: '-' },
    { isOnce: true, hasPrelude: true },
  ),
  plain('hang', 'hangs before headers', { kind: 'hang' }, lasting('500 total_timeout'), { mostMs: 1500 }),
  stream('hang', 'hangs before headers', { kind: 'hang' }, lasting('500 first_byte_timeout'), {
    mostMs: 600,
  }),
  ...both('slow', 'slow first byte, 300 ms', { kind: 'slow_first_byte', ms: 300 }, harmless, { mostMs: 300 }),
  ...both(
    'busy',
    '429, Retry-After: 1',
    { kind: 'status', status: 429, retry_after: 1 },
    { ...passing('429 sandbox_fault'), breaker: '429 sandbox_fault' },
    { mostMs: 1000 },
  ),
  plain(
    'long-busy',
    '429, Retry-After: 60',
    { kind: 'status', status: 429, retry_after: 60 },
    lasting('429 sandbox_fault'),
  ),
  ...both('500', '500', { kind: 'status', status: 500 }, passing('500 upstream_error')),
  ...both('503', '503', { kind: 'status', status: 503 }, passing('500 upstream_error')),
  ...both('html', 'HTML, 200', { kind: 'html' }, lasting('500 upstream_invalid_response')),
  plain('html-502', 'HTML, 502', { kind: 'html', status: 502 }, passing('500 upstream_error')),
  plain('truncated', 'truncated JSON', { kind: 'truncated_json' }, lasting('500 upstream_invalid_response')),
  plain('cut', 'cut half way', { kind: 'cut' }, passing('500 upstream_unreachable')),
  stream(
    'cut-first',
    'cut before the first chunk',
    { kind: 'cut', after: 0 },
    afterHead('upstream_stream_interrupted'),
  ),
  stream('cut', 'cut after three chunks', { kind: 'cut' }, midway('upstream_stream_interrupted')),
  stream(
    'cut-inside',
    'cut inside an event',
    { kind: 'cut_inside_event' },
    midway('upstream_stream_interrupted'),
  ),
  stream(
    'end-early',
    'ends without finish reason',
    { kind: 'end_early' },
    midway('upstream_stream_interrupted'),
  ),
  plain('stall', 'stalls half way', { kind: 'stall' }, lasting('500 total_timeout'), { mostMs: 1500 }),
  stream(
    'stall-first',
    'stalls before the first chunk',
    { kind: 'stall', after: 0 },
    afterHead('first_byte_timeout'),
    { mostMs: 600 },
  ),
  stream(
    'comments',
    'comments only',
    { kind: 'stall', after: 0, comment_every_ms: 100 },
    afterHead('first_byte_timeout'),
    { mostMs: 600 },
  ),
  stream('stall', 'stalls after three chunks', { kind: 'stall' }, midway('idle_timeout'), { mostMs: 600 }),
  stream('error-first', 'error event first', { kind: 'error_event', after: 0 }, afterHead('sandbox_fault')),
  stream('error', 'error event after three chunks', { kind: 'error_event' }, midway('sandbox_fault')),
  ...both('type', 'wrong content type', { kind: 'wrong_content_type' }, harmless),
  ...both('gzip', 'gzip', { kind: 'gzip' }, harmless),
  plain(
    '401',
    '401, fixed key',
    { kind: 'unauthorized' },
    { ...lasting('500 upstream_auth_failed'), breaker: '500 upstream_auth_failed' },
  ),
  ...both('401-login', '401 once, login', { kind: 'unauthorized' }, harmless, {
    hasLogin: true,
    isOnce: true,
  }),
  plain('revoked', 'token revoked, login', { kind: 'token_revoked' }, harmless, {
    hasLogin: true,
    isOnce: true,
  }),
  plain('too-long', 'context too long, 400', TOO_LONG, tooLong),
];
