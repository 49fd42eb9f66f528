import type jsonata from 'jsonata';

/** What a direct evaluation answers where JSONata does more than look. */
export const NOT_DIRECT = Symbol('not direct');

type Bindings = Readonly<Record<string, unknown>>;
/** @returns what JSONata would, or NOT_DIRECT */
export type DirectEvaluation = (input: unknown, bindings: Bindings) => unknown;
type Node = jsonata.ExprNode;

/**
 * The plain part of JSONata as closures: paths, literals, comparisons, conditions and objects of these. The evaluator
 * takes 5 to 10 µs and a promise for `event = "delta" ? data.text`, once per chunk of a stream; this takes none.
 * Wherever lists or functions are met, for which JSONata has rules of its own, the evaluator is asked after all.
 * @returns undefined for an expression that holds anything else
 */
export function compileDirect(node: Node): DirectEvaluation | undefined {
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
      return node.expressions?.length === 1 ? compileDirect(node.expressions[0]!) : undefined;
    case 'binary':
      return compileBinary(node);
    case 'condition':
      return compileCondition(node as Condition);
    case 'unary':
      return node.value === '{' && hasOnly(node, ['value', 'lhs']) ? compileObject(node) : undefined;
    default:
      return undefined;
  }
}

type Condition = Node & { readonly condition: Node; readonly then: Node; readonly else?: Node };

function compilePath(node: Node): DirectEvaluation | undefined {
  const steps = node.steps ?? [];
  if (!hasOnly(node, ['steps']) || !steps.every((step) => hasOnly(step, ['value']))) return undefined;
  const [first, ...rest] = steps;
  if (first === undefined || rest.some(({ type }) => type !== 'name')) return undefined;
  if (first.type !== 'name' && first.type !== 'variable') return undefined;
  const variable = first.type === 'variable' ? (first.value as string) : '';
  const names = (first.type === 'name' ? steps : rest).map(({ value }) => value as string);
  return (input, bindings) => {
    let value: unknown = input;
    if (variable !== '') value = Object.hasOwn(bindings, variable) ? bindings[variable] : NOT_DIRECT;
    for (const name of names) {
      if (Array.isArray(value) || typeof value === 'symbol') return NOT_DIRECT;
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
      value = (value as Record<string, unknown>)[name];
    }
    return Array.isArray(value) || typeof value === 'function' ? NOT_DIRECT : value;
  };
}

function compileBinary(node: Node): DirectEvaluation | undefined {
  const left = compileDirect(node.lhs as Node);
  const right = compileDirect(node.rhs as Node);
  const operator = node.value as string;
  if (left === undefined || right === undefined || (operator !== '=' && operator !== '!=')) return undefined;
  return (input, bindings) => {
    const a = left(input, bindings);
    const b = right(input, bindings);
    if (a === NOT_DIRECT || b === NOT_DIRECT) return NOT_DIRECT;
    // What is not there is neither equal nor unequal.
    if (a === undefined || b === undefined) return false;
    if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) return NOT_DIRECT;
    return (a === b) === (operator === '=');
  };
}

function compileCondition(node: Condition): DirectEvaluation | undefined {
  const condition = compileDirect(node.condition);
  const then = compileDirect(node.then);
  const otherwise = node.else === undefined ? () => undefined : compileDirect(node.else);
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
    const evaluation = compileDirect(value);
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

/** Nothing hangs on the node that changes what it means: predicates, `[]`, grouping, sorting, binding. */
function hasOnly(node: Node, keys: readonly string[]): boolean {
  return Object.keys(node).every((key) => key === 'type' || key === 'position' || keys.includes(key));
}
