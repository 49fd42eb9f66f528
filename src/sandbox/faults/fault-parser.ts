import { isObject } from '../chat/chat-request.js';
import { FAULT_FIELDS, ORDER_FIELDS, isText } from './fault-fields.js';
import { type Fault, type FaultKind, type FaultOrder, type FaultTarget } from './faults.js';

/** One problem in a list of faults. */
export interface FaultProblem {
  /** Keys and indexes that lead to the problem. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** For an unknown word: the known words. */
  readonly known?: { readonly word: string; readonly words: readonly string[] };
}

/** All problems in a list of faults. */
export class FaultFormatError extends Error {
  override readonly name = 'FaultFormatError';

  constructor(readonly problems: readonly FaultProblem[]) {
    super(problems.map(textOf).join('; '));
  }
}

function textOf({ path, message, known }: FaultProblem): string {
  const at = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  const rest = known === undefined ? message : `${message}, expected one of ${known.words.join(', ')}`;
  return `${at === '' ? 'fault' : at.replace(/^\./u, '')}: ${rest}`;
}

/** The contents of a file of faults. */
export interface FaultScript {
  readonly orders: readonly FaultOrder[];
  /** Makes probabilities repeatable, so that the same calls fail again. */
  readonly seed?: number;
}

type Path = FaultProblem['path'];

/**
 * Reads a file's content: `{ "faults": [...], "seed"? }`.
 * @throws FaultFormatError naming every problem with its path
 */
export function parseFaultScript(given: Readonly<Record<string, unknown>>): FaultScript {
  const problems: FaultProblem[] = [];
  const { faults, seed } = given;
  refuseOthers(given, ['faults', 'seed'], problems);
  if (seed !== undefined && !isSeed(seed)) {
    problems.push({
      path: ['seed'],
      message: `expected a whole number from 0 to 4294967295, found ${shown(seed)}`,
    });
  }
  const orders = parseList(faults, problems);
  if (problems.length > 0) throw new FaultFormatError(problems);
  return { orders, ...(isSeed(seed) && { seed }) };
}

/**
 * Reads faults from JSON-like data: a kind's name, an object
 * `{ "kind", …its fields, …which calls }`, a list of those, or `{ "faults": [...] }`.
 * @throws FaultFormatError naming every problem with its path
 */
export function parseFaultOrders(given: unknown): FaultOrder[] {
  const problems: FaultProblem[] = [];
  let orders: (FaultOrder | undefined)[];
  if (isObject(given) && 'faults' in given) {
    refuseOthers(given, ['faults'], problems);
    orders = parseList(given.faults, problems);
  } else if (Array.isArray(given)) orders = parseList(given, problems);
  else orders = [parseOrder(given, ['fault'], problems)];
  if (problems.length > 0) throw new FaultFormatError(problems);
  return orders.filter((order) => order !== undefined);
}

/**
 * Reads the value of the header `x-sandbox-fault`: a kind's name, or JSON as for
 * `parseFaultOrders`.
 * @throws FaultFormatError
 */
export function parseFaultHeader(value: string): FaultOrder[] {
  const text = value.trim();
  if (!/^[[{"]/u.test(text)) return parseFaultOrders(text);
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    const message = `expected a name or JSON, found ${shown(text)}`;
    throw new FaultFormatError([{ path: ['fault'], message }]);
  }
  return parseFaultOrders(given);
}

function refuseOthers(
  given: Readonly<Record<string, unknown>>,
  words: readonly string[],
  problems: FaultProblem[],
): void {
  for (const word of Object.keys(given)) {
    if (!words.includes(word))
      problems.push({ path: [word], message: 'unknown key', known: { word, words } });
  }
}

function parseList(given: unknown, problems: FaultProblem[]): FaultOrder[] {
  if (!Array.isArray(given)) {
    problems.push({ path: ['faults'], message: `expected a list, found ${shown(given)}` });
    return [];
  }
  return given
    .map((entry: unknown, index) => parseOrder(entry, ['faults', index], problems))
    .filter((order) => order !== undefined);
}

function parseOrder(entry: unknown, path: Path, problems: FaultProblem[]): FaultOrder | undefined {
  const order = isText(entry) ? { kind: entry } : entry;
  if (!isObject(order)) {
    problems.push({ path, message: `expected a name or an object, found ${shown(entry)}` });
    return undefined;
  }
  const { kind } = order;
  if (!isText(kind) || !Object.hasOwn(FAULT_FIELDS, kind)) {
    const words = Object.keys(FAULT_FIELDS);
    const known = { word: isText(kind) ? kind : '', words };
    const message = kind === undefined ? 'missing' : `unknown fault ${shown(kind)}`;
    problems.push({ path: [...path, 'kind'], message, known });
    return undefined;
  }
  const own = FAULT_FIELDS[kind as FaultKind];
  const fault: Record<string, unknown> = { kind };
  const before = problems.length;
  for (const [key, value] of Object.entries(order)) {
    if (key === 'kind') continue;
    const rules = Object.hasOwn(own, key) ? own : ORDER_FIELDS;
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    const at = [...path, key];
    if (rule === undefined) {
      const words = [...Object.keys(own), ...Object.keys(ORDER_FIELDS)];
      problems.push({ path: at, message: `unknown key for ${kind}`, known: { word: key, words } });
    } else if (!rule.isRight(value)) {
      problems.push({ path: at, message: `expected ${rule.expected}, found ${shown(value)}` });
    } else if (rules === own) fault[key] = value;
  }
  if (problems.length > before) return undefined;
  // Each field was checked against the tables, which have the same names as the types.
  return { fault: fault as unknown as Fault, ...scopeOf(order) };
}

function scopeOf(order: Readonly<Record<string, unknown>>): Omit<FaultOrder, 'fault'> {
  const { times, on, model, path, stream, nth, probability } = order as Partial<Omit<FaultOrder, 'times'>> & {
    readonly times?: number | 'always';
  };
  return {
    // A fault with a probability applies to all calls by default.
    times: times === 'always' ? Infinity : (times ?? (probability === undefined ? 1 : Infinity)),
    on: on ?? ('calls' satisfies FaultTarget),
    ...(model !== undefined && { model }),
    ...(path !== undefined && { path }),
    ...(stream !== undefined && { stream }),
    ...(nth !== undefined && { nth }),
    ...(probability !== undefined && { probability }),
  };
}

function isSeed(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 32;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
