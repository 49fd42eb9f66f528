import { type Fault, type FaultKind, type FaultOrder, type FaultTarget } from './faults.js';

/** Everything that is wrong with a list of faults. */
export class FaultFormatError extends Error {
  override readonly name = 'FaultFormatError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('; '));
  }
}

interface FieldRule {
  readonly expected: string;
  readonly isRight: (value: unknown) => boolean;
}
type Fields = Readonly<Record<string, FieldRule>>;

const isWhole = (value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): boolean =>
  Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
const isText = (value: unknown): value is string => typeof value === 'string';
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const COUNT: FieldRule = { expected: 'a whole number of 0 or more', isRight: (v) => isWhole(v, 0) };
const SIZE: FieldRule = { expected: 'a whole number of 1 or more', isRight: (v) => isWhole(v, 1) };
// More than setTimeout takes would fire at once.
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
  isRight: (v) => isRecord(v) && Object.values(v).every(isText),
};

const FIELDS: Readonly<Record<FaultKind, Fields>> = {
  refuse: {},
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
  keepalive_close: {},
  crlf: {},
  split_bytes: { size: SIZE, crlf: BOOLEAN },
  big: { bytes: COUNT, chunk_bytes: SIZE },
};

const TARGETS: readonly string[] = ['chat', 'login', 'models'] satisfies FaultTarget[];
const ORDER_FIELDS: Fields = {
  times: {
    expected: 'a whole number of 1 or more, or "always"',
    isRight: (v) => v === 'always' || isWhole(v, 1),
  },
  on: { expected: `one of ${TARGETS.join(', ')}`, isRight: (v) => isText(v) && TARGETS.includes(v) },
  model: TEXT,
};

/**
 * Reads faults from JSON-like data: a kind's name, an object `{ "kind", …its fields, "times"?, "on"?, "model"? }`,
 * a list of those, or `{ "faults": [...] }`.
 * @throws FaultFormatError naming every problem with its path
 */
export function parseFaultOrders(given: unknown): FaultOrder[] {
  const problems: string[] = [];
  let entries: readonly unknown[];
  let path = 'faults';
  if (isRecord(given) && 'faults' in given) {
    for (const key of Object.keys(given))
      if (key !== 'faults') problems.push(`${key}: unknown key, expected faults`);
    if (Array.isArray(given.faults)) entries = given.faults;
    else throw new FaultFormatError([...problems, `faults: expected a list, found ${shown(given.faults)}`]);
  } else if (Array.isArray(given)) {
    entries = given;
  } else {
    entries = [given];
    path = 'fault';
  }
  const orders: FaultOrder[] = [];
  for (const [index, entry] of entries.entries()) {
    const order = parseOrder(entry, path === 'fault' ? path : `${path}[${index}]`, problems);
    if (order !== undefined) orders.push(order);
  }
  if (problems.length > 0) throw new FaultFormatError(problems);
  return orders;
}

/**
 * Reads the value of the header `x-sandbox-fault`: a kind's name, or JSON as for `parseFaultOrders`.
 * @throws FaultFormatError
 */
export function parseFaultHeader(value: string): FaultOrder[] {
  const text = value.trim();
  if (!/^[[{"]/u.test(text)) return parseFaultOrders(text);
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new FaultFormatError([`fault: expected a name or JSON, found ${shown(text)}`]);
  }
  return parseFaultOrders(given);
}

function parseOrder(entry: unknown, path: string, problems: string[]): FaultOrder | undefined {
  const order = isText(entry) ? { kind: entry } : entry;
  if (!isRecord(order)) {
    problems.push(`${path}: expected a name or an object, found ${shown(entry)}`);
    return undefined;
  }
  const { kind } = order;
  if (!isText(kind) || !Object.hasOwn(FIELDS, kind)) {
    problems.push(`${path}.kind: expected one of ${Object.keys(FIELDS).join(', ')}, found ${shown(kind)}`);
    return undefined;
  }
  const own = FIELDS[kind as FaultKind];
  const fault: Record<string, unknown> = { kind };
  const before = problems.length;
  for (const [key, value] of Object.entries(order)) {
    if (key === 'kind') continue;
    const rule = Object.hasOwn(own, key)
      ? own[key]
      : Object.hasOwn(ORDER_FIELDS, key)
        ? ORDER_FIELDS[key]
        : undefined;
    if (rule === undefined) {
      const known = [...Object.keys(own), ...Object.keys(ORDER_FIELDS)];
      problems.push(`${path}.${key}: unknown key for ${kind}, expected one of ${known.join(', ')}`);
    } else if (!rule.isRight(value)) {
      problems.push(`${path}.${key}: expected ${rule.expected}, found ${shown(value)}`);
    } else if (Object.hasOwn(own, key)) {
      fault[key] = value;
    }
  }
  if (problems.length > before) return undefined;
  return {
    // Each field was checked against the table above, which has the same kinds as the type.
    fault: fault as unknown as Fault,
    times: order.times === 'always' ? Infinity : ((order.times as number | undefined) ?? 1),
    on: (order.on as FaultTarget | undefined) ?? 'chat',
    ...(isText(order.model) && { model: order.model }),
  };
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
