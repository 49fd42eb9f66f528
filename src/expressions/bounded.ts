import type jsonata from 'jsonata';
import { HOST_FUNCTIONS } from './host-functions.js';

/** Largest input that the gateway's own thread evaluates, in bytes of JSON. */
const LARGEST_LOCAL = 32_768;
/**
 * Longest text that an expression may build from its input on the gateway's own thread, in
 * characters: one call takes about 30 ms for it.
 */
const MOST_LOCAL_WORK = 256 * 1024;

/**
 * Node types whose time is proportional to their input, or during which the evaluator checks the
 * time.
 */
const BOUNDED_TYPES: ReadonlySet<string> = new Set([
  'binary',
  'bind',
  'block',
  'condition',
  'descendant',
  'filter',
  'function',
  'index',
  'name',
  'number',
  'parent',
  'path',
  'sort',
  'string',
  'unary',
  'value',
  'variable',
  'wildcard',
]);

/**
 * JSONata functions with the same property. A call of `$distinct`, or one with a regular
 * expression, does not have it.
 */
const BOUNDED_FUNCTIONS: ReadonlySet<string> = new Set([
  ...Object.keys(HOST_FUNCTIONS),
  ...'abs append assert average base64decode base64encode boolean ceil contains count decodeUrl'.split(' '),
  ...'decodeUrlComponent encodeUrl encodeUrlComponent error exists floor join keys length lookup'.split(' '),
  ...'lowercase max merge millis min not now number power random replace reverse round split'.split(' '),
  ...'spread sqrt string substring substringAfter substringBefore sum trim type uppercase zip'.split(' '),
]);
/**
 * One such call can produce, or examine, the square of its input if the elements of a list are one
 * long value.
 */
const WALKING: ReadonlySet<string> = new Set([
  'join',
  'keys',
  'lookup',
  'merge',
  'replace',
  'string',
  'text',
]);
/** How many times a call can double the length of a text or a list. */
const DOUBLINGS: Readonly<Record<string, number>> = {
  append: 1,
  base64: 1,
  base64encode: 1,
  encodeUrl: 4,
  encodeUrlComponent: 4,
  zip: 1,
};

/** Texts of the source up to this length count like characters of the input. */
const LITERAL = 16;

/** How far the gateway's own thread may evaluate an expression. */
export interface Bounds {
  /** Maximum weight of an input that it evaluates; 0: none. */
  readonly localWeight: number;
  /** The `$names` that it refers to; undefined: it may refer to any. */
  readonly names: ReadonlySet<string> | undefined;
}

/** Judges an expression by its syntax tree alone, never by how long it once took. */
export function boundsOf(ast: jsonata.ExprNode): Bounds {
  const names = new Set<string>();
  let isBounded = true;
  let evaluates = false;
  /** A list can contain the same value many times, for example a variable in each element. */
  let isShared = false;
  let squares = 0;
  let walks = 0;
  let longestLiteral = 0;
  let doublings = 0;
  const visit = (node: unknown, isStep = false): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) {
      for (const [at, child] of node.entries()) {
        if (isStep && at > 0 && refersOutside(child)) isShared = true;
        visit(child, isStep);
      }
      return;
    }
    const { type, value, name, procedure, lhs, rhs, expressions } = node as Node;
    const given = (node as Node).arguments ?? [];
    if (type !== undefined && !BOUNDED_TYPES.has(type)) isBounded = false;
    if (type === 'string') longestLiteral = Math.max(longestLiteral, String(value).length);
    if (type === 'variable') names.add(String(value));
    if (type === 'descendant' || type === 'parent') isShared = true;
    if (type === 'binary' && value === '..') isBounded = false;
    if (type === 'binary' && value === '&' && isMade(lhs) && isMade(rhs)) doublings += 1;
    if (type === 'binary' && (value === '=' || value === '!=') && isMade(lhs) && isMade(rhs)) walks += 1;
    if (type === 'unary' && value === '[') doublings += log2(expressions?.filter(isMade).length ?? 0);
    if (type === 'unary' && value === '{' && isStep && Array.isArray(lhs)) doublings += log2(lhs.length);
    if (type === 'function') {
      const called = procedure?.type === 'variable' ? String(procedure.value) : '';
      if (!BOUNDED_FUNCTIONS.has(called)) isBounded = false;
      if (called === 'eval') evaluates = true;
      if (WALKING.has(called)) walks += 1;
      // JSONata compares each element with all others, or inserts a text of the input many times.
      if (
        called === 'spread' ||
        ((called === 'join' || called === 'replace') &&
          isMade(given[given.length - 1]) &&
          given.length > (called === 'join' ? 1 : 0))
      )
        squares += 1;
      doublings += DOUBLINGS[called] ?? 0;
    } else if (name === 'eval' || value === 'eval') evaluates = true;
    for (const [key, child] of Object.entries(node)) {
      // A filter, an order or an argument is evaluated for each element with the same variables:
      // its bindings add up.
      if (key !== 'expressions' || type !== 'block') isBounded &&= !holdsBinding(child);
      if (key === 'group' && refersOutside(child)) isShared = true;
      visit(child, key === 'steps');
    }
  };
  visit(ast);
  if (isShared) squares += walks;
  if (walks > 0) doublings += log2(longestLiteral / LITERAL);
  const work = MOST_LOCAL_WORK / 2 ** doublings;
  return {
    localWeight: isBounded ? Math.min(LARGEST_LOCAL, Math.floor(work ** (1 / (squares + 1)))) : 0,
    names: evaluates ? undefined : names,
  };
}

/**
 * @returns the fields that an expression reads of the value of a `$name`; undefined: it may read
 * any of them
 */
export function fieldsOf(ast: jsonata.ExprNode, variable: string): readonly string[] | undefined {
  const name = variable.slice('$'.length);
  const fields = new Set<string>();
  /** @returns whether the whole expression was understood */
  const visit = (node: unknown): boolean => {
    if (typeof node !== 'object' || node === null) return true;
    if (Array.isArray(node)) return node.every(visit);
    const { type, value, steps } = node as Node;
    if (type === 'parent' || (type === 'variable' && value === name)) return false;
    return Object.entries(node).every(([key, child]) =>
      key === 'steps' ? visitSteps(steps!) : visit(child),
    );
  };
  const visitSteps = (steps: readonly Node[]): boolean =>
    steps.every((step, at) => {
      const next = steps[at + 1];
      const isPlain = Object.keys(step).every((key) => ['type', 'value', 'position'].includes(key));
      if (step.type !== 'variable' || step.value !== name || next?.type !== 'name' || !isPlain)
        return visit(step);
      fields.add(String(next.value));
      return true;
    });
  return visit(ast) ? [...fields] : undefined;
}

interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly name?: unknown;
  readonly procedure?: Node;
  readonly lhs?: unknown;
  readonly rhs?: unknown;
  readonly arguments?: readonly unknown[];
  readonly expressions?: readonly Node[];
  readonly steps?: readonly Node[];
}

/** Whether a value is computed rather than written in the source. */
function isMade(node: unknown): boolean {
  return !['string', 'number', 'value'].includes((node as Node | undefined)?.type ?? '');
}

/** Whether a node binds a variable. Outside a block, nothing ends the variable's scope. */
function holdsBinding(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(holdsBinding);
  return (node as Node | null | undefined)?.type === 'bind';
}

/** Whether a node refers to anything but the element for which it is evaluated. */
function refersOutside(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  const { type, value } = node as Node;
  if (type === 'parent' || (type === 'variable' && value !== '')) return true;
  return Object.values(node).some(refersOutside);
}

function log2(count: number): number {
  return count < 2 ? 0 : Math.ceil(Math.log2(count));
}
