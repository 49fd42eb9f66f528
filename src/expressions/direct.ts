import type jsonata from 'jsonata';
import { LargeInput } from './large-input.js';
import { weightOf } from './weight.js';

/** The result if JSONata would do more than look something up. */
export const NOT_DIRECT = Symbol('not direct');

type Bindings = Readonly<Record<string, unknown>>;
/** @returns the same as JSONata, or NOT_DIRECT */
export type DirectEvaluation = (input: unknown, bindings: Bindings) => unknown;
type Node = jsonata.ExprNode;

/**
 * Compiles the plain part of JSONata to closures: paths, literals, comparisons, conditions and
 * objects of these, one element of a list (`messages[-1].content`), an object for each element
 * (`messages.{ "said": content }[]`), and host functions. The evaluator takes 5 to 10 µs and a
 * promise for `event = "delta" ? data.text`, which runs once per chunk of a stream, and 80 µs for
 * the body of a request; closures take a tenth of the time and no promise. JSONata has rules of its
 * own for lists and functions in other places, so the evaluator runs those expressions.
 * @returns undefined for an expression that holds anything else
 */
export function compileDirect(node: Node): DirectEvaluation | undefined {
  const evaluation = compileNode(node);
  if (evaluation === undefined || !(holdsType(node, 'unary') || holdsType(node, 'function')))
    return evaluation;
  return (input, bindings) => {
    items = 0;
    characters = 0;
    depth = 0;
    return evaluation(input, bindings);
  };
}

function compileNode(node: Node): DirectEvaluation | undefined {
  switch (node.type as string) {
    case 'string':
    case 'number':
    case 'value':
      return () => node.value as unknown;
    case 'path':
      return compilePath(node);
    case 'variable':
      return hasOnly(node, ['value'])
        ? compilePath({ type: 'path' as Node['type'], steps: [node] } as Node)
        : undefined;
    case 'block':
      return node.expressions?.length === 1 ? compileNode(node.expressions[0]!) : undefined;
    case 'binary':
      return compileBinary(node);
    case 'condition':
      return compileCondition(node as Condition);
    case 'function':
      return compileCall(node as Call);
    case 'unary':
      return node.value === '{' && hasOnly(node, ['value', 'lhs']) ? compileObject(node) : undefined;
    default:
      return undefined;
  }
}

type Condition = Node & { readonly condition: Node; readonly then: Node; readonly else?: Node };
type Call = Node & { readonly procedure: Node };
type Step = Node & { readonly stages?: readonly { readonly type: string; readonly expr: Node }[] };

/** Longer and nested lists go to the evaluator, which limits its time. */
const MAX_ITEMS = 10_000;
/**
 * Limit of the characters that functions may receive, and that each element may refer to outside
 * itself.
 */
const MAX_CHARACTERS = 1_000_000;

/** Counters of the running evaluation. */
let items = 0;
let characters = 0;
let depth = 0;

function compilePath(node: Node): DirectEvaluation | undefined {
  const steps = (node.steps ?? []) as Step[];
  if (steps.at(-1)?.type === 'unary') return compileForEach(node, steps);
  return hasOnly(node, ['steps']) ? compileSteps(steps) : undefined;
}

function compileSteps(steps: readonly Step[]): DirectEvaluation | undefined {
  if (!steps.every(({ type }, at) => type === 'name' || (at === 0 && (type as string) === 'variable')))
    return undefined;
  const walks = steps.map((step) => compileStep(step));
  if (walks.length === 0 || walks.includes(undefined)) return undefined;
  const [first] = steps as [Step];
  const variable = first.type === 'name' ? undefined : (first.value as string);
  return (input, bindings) => {
    let value: unknown = input;
    if (variable !== undefined && variable !== '') {
      value = Object.hasOwn(bindings, variable) ? bindings[variable] : NOT_DIRECT;
      if (value instanceof LargeInput) return NOT_DIRECT;
    }
    for (const walk of walks) {
      if (Array.isArray(value) || typeof value === 'symbol') return NOT_DIRECT;
      value = walk!(value);
    }
    if (Array.isArray(value) || typeof value === 'function') return NOT_DIRECT;
    // Looking up the same value for each element of a list is quick, but serialising it takes long.
    if (variable !== undefined && variable !== '' && depth > 0) {
      characters += weightOf(value, MAX_CHARACTERS);
      if (characters > MAX_CHARACTERS) return NOT_DIRECT;
    }
    return value;
  };
}

/** Maps a value to what a step finds in it; a list only if the step selects one element. */
function compileStep(step: Step): ((value: unknown) => unknown) | undefined {
  const { type, value: key, stages = [] } = step;
  const isVariable = type !== 'name';
  if (!hasOnly(step, ['value', 'stages']) || stages.length > 1 || (isVariable && stages.length > 0))
    return undefined;
  if (isVariable) return (value) => value;
  const name = key as string;
  const find = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      ? (value as Record<string, unknown>)[name]
      : undefined;
  const [stage] = stages;
  if (stage === undefined) return find;
  const index = stage.expr.value as unknown;
  if ((stage.type as string) !== 'filter' || stage.expr.type !== 'number' || !Number.isInteger(index))
    return undefined;
  return (value) => {
    const found = find(value);
    return (Array.isArray(found) ? found : [found]).at(index as number) as unknown;
  };
}

/** `list.{ … }` and `list.{ … }[]`. */
function compileForEach(node: Node, steps: readonly Step[]): DirectEvaluation | undefined {
  const last = steps.at(-1) as Step & { readonly keepArray?: boolean };
  const before = steps.slice(0, -1);
  const listStep = before.at(-1);
  if (!hasOnly(node, ['steps', 'keepSingletonArray']) || last.value !== '{' || listStep?.type !== 'name')
    return undefined;
  if (!hasOnly(last, ['value', 'lhs', 'keepArray']) || !hasOnly(listStep, ['value'])) return undefined;
  const object = compileObject(last);
  const find = compileStep(listStep);
  const context = before.length === 1 ? (input: unknown) => input : compileSteps(before.slice(0, -1));
  if (object === undefined || context === undefined || find === undefined) return undefined;
  const keepsList = last.keepArray === true;
  return (input, bindings) => {
    const holder = context(input, bindings);
    if (Array.isArray(holder) || typeof holder === 'symbol') return NOT_DIRECT;
    const found = find(holder);
    if (found === undefined) return undefined;
    const list: readonly unknown[] = Array.isArray(found) ? found : [found];
    items += list.length;
    if (items > MAX_ITEMS) return NOT_DIRECT;
    const objects: unknown[] = [];
    depth += 1;
    try {
      for (const item of list) {
        const made = object(item, bindings);
        if (made === NOT_DIRECT) return NOT_DIRECT;
        objects.push(made);
      }
    } finally {
      // Restored even after a failure: later evaluations start from this depth.
      depth -= 1;
    }
    if (objects.length === 0) return undefined;
    return objects.length === 1 && !keepsList ? objects[0] : objects;
  };
}

/** Calls a host function among the bindings with plain values. */
function compileCall(node: Call): DirectEvaluation | undefined {
  const { procedure } = node;
  const args = (node.arguments ?? []).map((argument) => compileNode(argument));
  if (!hasOnly(node, ['name', 'value', 'arguments', 'procedure']) || node.value !== '(') return undefined;
  if ((procedure.type as string) !== 'variable' || args.includes(undefined)) return undefined;
  const name = procedure.value as string;
  return (input, bindings) => {
    const own = Object.hasOwn(bindings, name) ? bindings[name] : undefined;
    if (typeof own !== 'function') return NOT_DIRECT;
    const values: unknown[] = [];
    for (const argument of args) {
      const value = argument!(input, bindings);
      if (typeof value === 'symbol' || (typeof value === 'object' && value !== null)) return NOT_DIRECT;
      if (typeof value === 'string') characters += value.length;
      values.push(value);
    }
    if (characters > MAX_CHARACTERS) return NOT_DIRECT;
    const result = (own as (...given: unknown[]) => unknown)(...values);
    return typeof result === 'object' && result !== null ? NOT_DIRECT : result;
  };
}

function compileBinary(node: Node): DirectEvaluation | undefined {
  const left = compileNode(node.lhs as Node);
  const right = compileNode(node.rhs as Node);
  const operator = node.value as string;
  if (left === undefined || right === undefined || (operator !== '=' && operator !== '!=')) return undefined;
  return (input, bindings) => {
    const a = left(input, bindings);
    const b = right(input, bindings);
    if (a === NOT_DIRECT || b === NOT_DIRECT) return NOT_DIRECT;
    // A missing value is neither equal nor unequal.
    if (a === undefined || b === undefined) return false;
    if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) return NOT_DIRECT;
    return (a === b) === (operator === '=');
  };
}

function compileCondition(node: Condition): DirectEvaluation | undefined {
  const condition = compileNode(node.condition);
  const then = compileNode(node.then);
  const otherwise = node.else === undefined ? () => undefined : compileNode(node.else);
  if (condition === undefined || then === undefined || otherwise === undefined) return undefined;
  return (input, bindings) => {
    const value = condition(input, bindings);
    if (typeof value === 'symbol' || (typeof value === 'object' && value !== null)) return NOT_DIRECT;
    return value ? then(input, bindings) : otherwise(input, bindings);
  };
}

function compileObject(node: Node): DirectEvaluation | undefined {
  const fields: [string, DirectEvaluation][] = [];
  for (const [key, value] of node.lhs as [Node, Node][]) {
    const evaluation = compileNode(value);
    if (key.type !== 'string' || key.value === '__proto__' || evaluation === undefined) return undefined;
    fields.push([key.value as string, evaluation]);
  }
  if (new Set(fields.map(([name]) => name)).size < fields.length) return undefined;
  return (input, bindings) => {
    if (Array.isArray(input)) return NOT_DIRECT;
    const object: Record<string, unknown> = {};
    for (const [name, evaluation] of fields) {
      const value = evaluation(input, bindings);
      if (value === NOT_DIRECT) return NOT_DIRECT;
      if (value !== undefined) object[name] = value;
    }
    return object;
  };
}

function holdsType(node: unknown, type: string): boolean {
  if (typeof node !== 'object' || node === null) return false;
  return (node as Node).type === type || Object.values(node).some((child) => holdsType(child, type));
}

/**
 * Whether a node has no fields but `keys`. Any other field would change its meaning: a predicate,
 * `[]`, grouping, sorting or a binding.
 */
function hasOnly(node: Node, keys: readonly string[]): boolean {
  return Object.keys(node).every((key) => key === 'type' || key === 'position' || keys.includes(key));
}
