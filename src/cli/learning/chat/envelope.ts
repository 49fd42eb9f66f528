import {
  type Leaf,
  type Path,
  isSamePlace,
  jsonataPath,
  jsonataValue,
  leavesOf,
  valueAt,
} from '../leaves.js';
import { isNamed, plainName } from '../words.js';

/** How a response with a successful HTTP status reports a failure. */
export interface Envelope {
  /** True for a failure; undefined if the response has no such field. */
  readonly failed?: string;
  /** True for a success. */
  readonly succeeded?: string;
  /** Finds the reason. */
  readonly message?: string;
  /** The value of `error`: the reason of a failure, nothing for a success. */
  readonly error?: string;
  /** Finds an HTTP status, if the service uses such numbers. */
  readonly status?: string;
  readonly flag?: Flag;
  readonly why: string;
  readonly isSure: boolean;
}

interface Flag {
  readonly path: Path;
  readonly expression: string;
  /** The field's value in a success; undefined if only failures have the field. */
  readonly good: Leaf['value'] | undefined;
}

const GOOD: ReadonlySet<unknown> = new Set([
  0,
  200,
  20000,
  1,
  true,
  '0',
  '200',
  '00',
  '000',
  '0000',
  '00000',
  '000000',
  '20000',
  '1',
]);
const GOOD_WORDS = /^(?:success|succeeded|ok|successful|normal)$/i;
const DEEPEST_FLAG = 2;
/** Fields beside the flag that may contain a reason, if no response shows it. */
const USUAL_REASONS = ['message', 'msg'];
const FLAG_ORDER = ['success', 'issuccess', 'succeeded', 'ok', 'code', 'errcode', 'errno', 'errorcode'];

/**
 * Reads the envelope of a JSON response.
 * @param goods successes, the most complete first; the sign of success is the same in all of them
 * @param bad a failure, if one was recorded
 * @param root the parent of the response's expressions, such as `body`
 */
export function readEnvelope(goods: readonly unknown[], bad: unknown, root = ''): Envelope {
  const [good, ...others] = goods;
  const flag = flagOf(good, others, bad, root);
  const message = messageOf(flag, good, bad);
  const words = message === undefined ? undefined : jsonataPath(message, root);
  const plain = failureFieldOf(good, bad);
  if (flag === undefined) {
    if (plain === undefined) return { why: '', isSure: true, ...(words !== undefined && { message: words }) };
    const field = jsonataPath(plain, root);
    return {
      failed: field,
      error: field,
      message: words ?? field,
      why: `${field} is empty in a success`,
      isSure: true,
    };
  }
  return withMessage(
    {
      flag,
      why: whyOf(flag, bad),
      isSure:
        bad !== undefined ||
        ((flag.good === 0 || flag.good === 200 || flag.good === true) && words !== undefined),
    },
    words,
  );
}

/** The envelope of failures whose reason is at this place. */
export function withMessage(envelope: Envelope, words: string | undefined): Envelope {
  const { flag } = envelope;
  if (flag === undefined) return envelope;
  const { expression, good: value } = flag;
  const isBoolean = typeof value === 'boolean';
  const failed =
    value === undefined
      ? expression
      : isBoolean
        ? `${expression} = false`
        : `${expression} != ${jsonataValue(value)}`;
  const fallback = isBoolean ? 'true' : `"${flag.path.at(-1)} " & ${expression}`;
  const beside = expression.slice(0, expression.length - jsonataPath(flag.path.slice(-1)).length);
  const reasons = (words === undefined ? USUAL_REASONS.map((name) => beside + name) : [words]).map(
    (place) => `${place} ? ${place}`,
  );
  const isLikeHttp = value === 200 || value === '200';
  const number = typeof value === 'string' ? `$number(${expression})` : expression;
  return {
    ...envelope,
    failed,
    succeeded:
      value === undefined ? `$not($exists(${expression}))` : `${expression} = ${jsonataValue(value)}`,
    ...(words !== undefined && { message: words }),
    error: `${failed} ? (${[...reasons, fallback].join(' : ')})`,
    ...(isLikeHttp && { status: `${number} >= 400 and ${number} <= 599 ? ${number}` }),
  };
}

function whyOf({ path, expression, good }: Flag, bad: unknown): string {
  if (good === undefined) return `${expression} is in the recorded failure alone`;
  const other = bad === undefined ? '' : `, ${jsonataValue(valueAt(bad, path))} in the recorded failure`;
  return `${expression} is ${jsonataValue(good)} in a success${other}`;
}

function flagOf(good: unknown, others: readonly unknown[], bad: unknown, root: string): Flag | undefined {
  const flags = leavesOf(good)
    .filter(({ path, name }) => path.length <= DEEPEST_FLAG && isNamed('flag', name))
    .filter(({ path, value }) =>
      bad === undefined ? isGood(value) : isGood(value) && differs(value, valueAt(bad, path)),
    )
    .filter(({ path, value }) => others.every((other) => valueAt(other, path) === value))
    .map(({ path, value }): Flag => ({ path, expression: jsonataPath(path, root), good: value }));
  const best = flags.toSorted((a, b) => rank(a) - rank(b) || a.path.length - b.path.length)[0];
  if (best !== undefined || bad === undefined) return best;
  const own = leavesOf(bad).find(
    ({ path, name, value }) =>
      path.length <= DEEPEST_FLAG &&
      isNamed('flag', name) &&
      value !== null &&
      value !== false &&
      valueAt(good, path) === undefined,
  );
  return own === undefined
    ? undefined
    : { path: own.path, expression: jsonataPath(own.path, root), good: undefined };
}

function rank({ path }: Flag): number {
  const at = FLAG_ORDER.indexOf(plainName(String(path.at(-1))));
  return at < 0 ? FLAG_ORDER.length : at;
}

function isGood(value: unknown): boolean {
  return GOOD.has(value) || (typeof value === 'string' && GOOD_WORDS.test(value));
}

function differs(good: unknown, bad: unknown): boolean {
  return bad !== undefined && bad !== good;
}

/** Looks beside the flag, then at the top level. */
function messageOf(flag: Flag | undefined, good: unknown, bad: unknown): Path | undefined {
  const beside = flag === undefined ? [] : flag.path.slice(0, -1);
  const candidates = [...leavesOf(bad), ...leavesOf(good)].filter(
    ({ path, name, value }) =>
      (typeof value === 'string' || value === null) &&
      isNamed('message', name) &&
      (isSamePlace(path.slice(0, -1), beside) || path.length === 1) &&
      path !== flag?.path,
  );
  if (flag === undefined && bad === undefined) return undefined;
  return (candidates.find(({ value }) => typeof value === 'string' && value !== '') ?? candidates[0])?.path;
}

/** The field that reports a failure: empty in a success, as in `error: null`, or absent from it. */
function failureFieldOf(good: unknown, bad: unknown): Path | undefined {
  const empty = leavesOf(good).find(
    ({ path, name, value }) =>
      path.length === 1 && isNamed('failure', name) && (value === null || value === false || value === ''),
  );
  if (empty !== undefined) return empty.path;
  const own = typeof bad === 'object' && bad !== null && !Array.isArray(bad) ? Object.keys(bad) : [];
  const name = own.find((key) => isNamed('failure', key) && valueAt(good, [key]) === undefined);
  return name === undefined ? undefined : [name];
}

/** The failure that a response recorded as a success reports; undefined for a success. */
export function saysFailure(document: unknown): string | undefined {
  const leaves = leavesOf(document).filter(({ path }) => path.length === 1);
  const refusal = leaves.find(
    ({ name, value }) => value === false && /^(?:success|issuccess|succeeded|ok)$/.test(plainName(name)),
  );
  if (refusal !== undefined) return `${refusal.name} is false`;
  const code = leaves.find(
    ({ name, value }) =>
      /^(?:code|errno|errcode|errorcode|statuscode)$/.test(plainName(name)) &&
      typeof value === 'number' &&
      !GOOD.has(value),
  );
  const isEmpty =
    ['data', 'result'].some((name) => valueAt(document, [name]) === null) ||
    leaves.length === Object.keys(document ?? {}).length;
  return code !== undefined && isEmpty ? `${code.name} is ${jsonataValue(code.value)}` : undefined;
}
