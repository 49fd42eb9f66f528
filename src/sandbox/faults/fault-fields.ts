import { isObject } from '../chat/chat-request.js';
import { type FaultKind, FAULT_TARGETS } from './faults.js';

/** The rule for a field of a fault. */
export interface FieldRule {
  readonly expected: string;
  readonly isRight: (value: unknown) => boolean;
}
type Fields = Readonly<Record<string, FieldRule>>;

const isWhole = (value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): boolean =>
  Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
/** Whether a value is a string. */
export const isText = (value: unknown): value is string => typeof value === 'string';

const COUNT: FieldRule = { expected: 'a whole number of 0 or more', isRight: (v) => isWhole(v, 0) };
const SIZE: FieldRule = { expected: 'a whole number of 1 or more', isRight: (v) => isWhole(v, 1) };
// Longer timeouts would fire at once in setTimeout.
const MILLISECONDS: FieldRule = {
  expected: 'milliseconds from 0 to 2147483647',
  isRight: (v) => isWhole(v, 0, 2_147_483_647),
};
const PERIOD: FieldRule = {
  expected: 'milliseconds from 1 to 2147483647',
  isRight: (v) => isWhole(v, 1, 2_147_483_647),
};
const STATUS: FieldRule = { expected: 'a status from 200 to 599', isRight: (v) => isWhole(v, 200, 599) };
const TEXT: FieldRule = { expected: 'a string', isRight: isText };
const BOOLEAN: FieldRule = { expected: 'true or false', isRight: (v) => typeof v === 'boolean' };
const ANYTHING: FieldRule = { expected: 'anything', isRight: () => true };
const HEADERS: FieldRule = {
  expected: 'an object of strings',
  isRight: (v) => isObject(v) && Object.values(v).every(isText),
};

/** The fields of each fault, in addition to those that choose its calls. */
export const FAULT_FIELDS: Readonly<Record<FaultKind, Fields>> = {
  refuse: {},
  down: { ms: PERIOD },
  hang: {},
  status: {
    status: STATUS,
    retry_after: { expected: 'seconds or an HTTP date', isRight: (v) => isText(v) || isWhole(v, 0) },
    body: ANYTHING,
    raw: TEXT,
    headers: HEADERS,
  },
  html: { status: STATUS },
  unauthorized: {},
  token_revoked: {},
  truncated_json: {},
  cut: { after: COUNT },
  cut_inside_event: { after: COUNT },
  end_early: { after: COUNT },
  stall: { after: COUNT, comment_every_ms: PERIOD },
  slow_first_byte: { ms: MILLISECONDS, headers_first: BOOLEAN, comment_every_ms: PERIOD },
  error_event: { after: COUNT, error: ANYTHING },
  malformed_event: { after: COUNT, line: TEXT },
  wrong_content_type: { content_type: TEXT },
  json_for_stream: {},
  stream_for_json: {},
  no_done: {},
  gzip: {},
  keepalive_close: { under_next_request: BOOLEAN },
  crlf: {},
  split_bytes: { size: SIZE, crlf: BOOLEAN },
  big: { bytes: COUNT, chunk_bytes: SIZE },
};

const TARGETS: readonly string[] = FAULT_TARGETS;
/** The fields that choose the calls of a fault. */
export const ORDER_FIELDS: Fields = {
  times: {
    expected: 'a whole number of 1 or more, or "always"',
    isRight: (v) => v === 'always' || isWhole(v, 1),
  },
  on: { expected: `one of ${TARGETS.join(', ')}`, isRight: (v) => isText(v) && TARGETS.includes(v) },
  model: TEXT,
  path: {
    expected: 'a path that begins with / or *',
    isRight: (v) => isText(v) && /^[/*]/u.test(v),
  },
  stream: BOOLEAN,
  nth: SIZE,
  probability: {
    expected: 'a number above 0, up to 1',
    isRight: (v) => typeof v === 'number' && v > 0 && v <= 1,
  },
};
