import { isJsonObject, parseExactJson } from '../../protocol/json.js';

export type Path = readonly (string | number)[];

/** A value of a document that contains no other values. */
export interface Leaf {
  readonly path: Path;
  /** The nearest key; empty at the top. */
  readonly name: string;
  readonly value: string | number | boolean | null;
}

/** Plain names of JSONata: not one of its own words. */
const IS_PLAIN_NAME = /^(?!(?:and|or|in|true|false|null|function)$)[A-Za-z_]\w*$/;
const MAX_LEAVES = 2000;

/** Depth first, in document order. */
export function leavesOf(value: unknown, path: Path = [], found: Leaf[] = []): Leaf[] {
  if (found.length >= MAX_LEAVES) return found;
  if (Array.isArray(value)) value.forEach((item: unknown, at) => leavesOf(item, [...path, at], found));
  else if (isJsonObject(value)) {
    for (const [name, item] of Object.entries(value)) leavesOf(item, [...path, name], found);
  } else if (value !== undefined) found.push({ path, name: nameOf(path), value: value as Leaf['value'] });
  return found;
}

/** The leaves of JSON inside a text. */
export function nestedLeaves({ path, value }: Leaf): Leaf[] {
  const nested = parseObject(value);
  return nested === undefined
    ? []
    : leavesOf(nested).map((leaf) => ({ ...leaf, path: [...path, ...leaf.path] }));
}

/** The object or list that a text contains as JSON; undefined for other values. */
export function parseObject(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return undefined;
  const json = parseExactJson(value.trim());
  return typeof json === 'object' && json !== null ? json : undefined;
}

export function nameOf(path: Path): string {
  return String(path.findLast((step) => typeof step === 'string') ?? '');
}

/** The value at a path; undefined if there is none. */
export function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    document,
  );
}

/** The path in JSONata. @param root its parent, such as `body`; empty: the input itself */
export function jsonataPath(path: Path, root = ''): string {
  let text = root;
  for (const step of path) {
    if (typeof step === 'number') text += `${text === '' ? '$' : ''}[${step}]`;
    else text += `${text === '' ? '' : '.'}${IS_PLAIN_NAME.test(step) ? step : `\`${step}\``}`;
  }
  return text === '' ? '$' : text;
}

/** A value as a JSONata constant; `${` in it is escaped for the YAML. */
export function jsonataValue(value: unknown): string {
  return JSON.stringify(value).replaceAll('${', () => '$${');
}

/** Whether two paths are the same except for list positions. */
export function isSamePlace(a: Path, b: Path): boolean {
  return (
    a.length === b.length &&
    a.every((step, at) => step === b[at] || (typeof step === 'number' && typeof b[at] === 'number'))
  );
}

/**
 * A document as an expression that builds it.
 * @param replaced the expression that replaces the value at a path; undefined: the value itself
 */
export function jsonataDocument(
  value: unknown,
  replaced: (path: Path, value: unknown) => string | undefined,
  path: Path = [],
  indent = '',
): string {
  const instead = replaced(path, value);
  if (instead !== undefined) return instead.replaceAll('\n', `\n${indent}`);
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, at) => jsonataDocument(item, replaced, [...path, at], deeper));
    return within('[', items, ']', indent);
  }
  if (!isJsonObject(value)) return jsonataValue(value);
  const fields = Object.entries(value).map(
    ([name, item]) => `${JSON.stringify(name)}: ${jsonataDocument(item, replaced, [...path, name], deeper)}`,
  );
  return within('{', fields, '}', indent);
}

const WIDTH = 100;

function within(open: string, items: readonly string[], close: string, indent: string): string {
  if (items.length === 0) return `${open}${close}`;
  const line = `${open} ${items.join(', ')} ${close}`;
  if (indent !== '' && line.length + indent.length < WIDTH && !line.includes('\n')) return line;
  return `${open}\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}${close}`;
}
