import type jsonata from 'jsonata';
import { HOST_FUNCTIONS } from './host-functions.js';

/** Inputs that the gateway's own thread evaluates expressions on, at most, in bytes of JSON. */
const LARGEST_LOCAL = 32_768;
/** What an expression can make of its input there, at most: copying that takes some 30 ms. */
const MOST_LOCAL_WORK = 64 * 1024 * 1024;

/** Node types whose time is in proportion to their input, or which the evaluator checks its clock in. */
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

/** JSONata's functions of the same kind. One call of `$distinct`, or with a regular expression, is not. */
const BOUNDED_FUNCTIONS: ReadonlySet<string> = new Set([
  ...Object.keys(HOST_FUNCTIONS),
  ...'abs append assert average base64decode base64encode boolean ceil contains count decodeUrl'.split(' '),
  ...'decodeUrlComponent encodeUrl encodeUrlComponent error exists floor join keys length lookup'.split(' '),
  ...'lowercase max merge millis min not now number power random replace reverse round split'.split(' '),
  ...'spread sqrt string substring substringAfter substringBefore sum trim type uppercase zip'.split(' '),
]);
/** One call makes up to the square of its input: each element of a list may be the same long text. */
const SQUARES: ReadonlySet<string> = new Set(['join', 'replace', 'string']);
/** By how many doublings a call can lengthen a text or a list. */
const DOUBLINGS: Readonly<Record<string, number>> = {
  append: 1,
  base64: 1,
  base64encode: 1,
  encodeUrl: 4,
  encodeUrlComponent: 4,
  zip: 1,
};

/** How far an expression can be trusted with the gateway's own thread. */
export interface Bounds {
  /** The weight of the largest input that it may have there; 0: none. */
  readonly localWeight: number;
  /** The `$names` that it refers to; undefined: it may refer to any. */
  readonly names: ReadonlySet<string> | undefined;
}

/** Judges an expression by its syntax tree alone, never by what it happened to take. */
export function boundsOf(ast: jsonata.ExprNode): Bounds {
  const names = new Set<string>();
  let isBounded = true;
  let evaluates = false;
  let squares = 0;
  let doublings = 0;
  const visit = (node: unknown, isStep = false): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) {
      for (const child of node) visit(child, isStep);
      return;
    }
    const { type, value, name, procedure, lhs, expressions } = node as Node;
    if (type !== undefined && !BOUNDED_TYPES.has(type)) isBounded = false;
    if (type === 'variable') names.add(String(value));
    if (type === 'binary' && value === '..') isBounded = false;
    if (type === 'binary' && value === '&') doublings += 1;
    if (type === 'unary' && value === '[') doublings += log2(expressions?.filter(isMade).length ?? 0);
    if (type === 'unary' && value === '{' && isStep && Array.isArray(lhs)) doublings += log2(lhs.length);
    if (type === 'function') {
      const called = procedure?.type === 'variable' ? String(procedure.value) : '';
      if (!BOUNDED_FUNCTIONS.has(called)) isBounded = false;
      if (called === 'eval') evaluates = true;
      if (SQUARES.has(called)) squares += 1;
      doublings += DOUBLINGS[called] ?? 0;
    } else if (name === 'eval' || value === 'eval') evaluates = true;
    for (const [key, child] of Object.entries(node)) visit(child, key === 'steps');
  };
  visit(ast);
  const work = MOST_LOCAL_WORK / 2 ** doublings;
  return {
    localWeight: isBounded ? Math.min(LARGEST_LOCAL, Math.floor(work ** (1 / (squares + 1)))) : 0,
    names: evaluates ? undefined : names,
  };
}

interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly name?: unknown;
  readonly procedure?: Node;
  readonly lhs?: unknown;
  readonly expressions?: readonly Node[];
}

function isMade({ type }: Node): boolean {
  return !['string', 'number', 'value'].includes(type ?? '');
}

function log2(count: number): number {
  return count < 2 ? 0 : Math.ceil(Math.log2(count));
}
