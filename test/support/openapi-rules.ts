import { type OpenAPIObject } from '@nestjs/swagger';

type Node = Readonly<Record<string, unknown>>;

const METHODS: ReadonlySet<string> = new Set([
  'get',
  'put',
  'post',
  'delete',
  'options',
  'head',
  'patch',
  'trace',
]);
const TYPES: ReadonlySet<unknown> = new Set([
  'string',
  'number',
  'integer',
  'boolean',
  'array',
  'object',
  undefined,
]);
const SCHEMA_KEYWORDS: ReadonlySet<string> = new Set(
  (
    'title multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems ' +
    'uniqueItems maxProperties minProperties required enum type allOf oneOf anyOf not items properties ' +
    'additionalProperties description format default nullable discriminator readOnly writeOnly xml externalDocs ' +
    'example deprecated'
  ).split(' '),
);

/**
 * Violations of OpenAPI 3.0 (https://spec.openapis.org/oas/v3.0.3), one line each: of the rules that a
 * document made from decorators can break, and of some house rules: every operation has a summary, every
 * response a description.
 */
export function openApiProblems(document: OpenAPIObject): string[] {
  const problems: string[] = [];
  const check = (isRight: boolean, problem: string): void => void (isRight || problems.push(problem));
  check(/^3\.0\.\d+$/.test(document.openapi), `openapi: ${document.openapi}`);
  check(document.info.title !== '' && document.info.version !== '', 'info: title and version');

  const ids = new Set<string>();
  const tags = new Set(document.tags?.map((tag) => tag.name));
  const schemes = Object.keys(document.components?.securitySchemes ?? {});
  for (const [path, item] of Object.entries(document.paths)) {
    check(path.startsWith('/'), `${path}: does not begin with /`);
    for (const [method, value] of Object.entries(item as Node)) {
      const where = `${method} ${path}`;
      check(METHODS.has(method), `${where}: no HTTP method`);
      const operation = value as OperationNode;
      check(!ids.has(operation.operationId ?? ''), `${where}: operationId is missing or occurs twice`);
      ids.add(operation.operationId ?? '');
      check(
        Boolean(operation.summary) && Boolean(operation.description),
        `${where}: summary and description`,
      );
      for (const tag of operation.tags ?? ['']) check(tags.has(tag), `${where}: undeclared tag '${tag}'`);
      for (const scheme of (operation.security ?? []).flatMap((each) => Object.keys(each))) {
        check(schemes.includes(scheme), `${where}: undeclared security scheme '${scheme}'`);
      }
      checkParameters(path, operation, where, check);
      const responses = Object.entries(operation.responses ?? {});
      check(responses.length > 0, `${where}: no response`);
      for (const [status, response] of responses) {
        check(/^[1-5]\d\d$/.test(status), `${where}: response '${status}'`);
        check(Boolean(response.description), `${where}: response ${status} has no description`);
      }
    }
  }
  walk(document as unknown as Node, '#', (node, where) => {
    const ref = node['$ref'];
    if (typeof ref === 'string')
      check(resolve(document, ref) !== undefined, `${where}: ${ref} leads nowhere`);
    check(!('example' in node && 'examples' in node), `${where}: both example and examples`);
  });
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    checkSchema(schema as Node, `schema ${name}`, check);
  }
  return problems;
}

/** The target of a `$ref`. */
export function resolve(document: OpenAPIObject, ref: string): unknown {
  return ref
    .split('/')
    .slice(1)
    .reduce<unknown>((node, key) => (node as Node | undefined)?.[key], document);
}

interface OperationNode {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Node[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema?: Node;
  }[];
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>;
}

type Check = (isRight: boolean, problem: string) => void;

function checkParameters(
  path: string,
  { parameters = [] }: OperationNode,
  where: string,
  check: Check,
): void {
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const expected = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]!);
  check(
    String(inPath.map(({ name }) => name).sort()) === String(expected.sort()),
    `${where}: the path names ${String(expected)}, the parameters ${String(inPath.map(({ name }) => name))}`,
  );
  for (const { name, required } of inPath)
    check(required === true, `${where}: parameter ${name} must be required`);
  for (const { name, schema } of parameters) {
    check(schema !== undefined, `${where}: parameter ${name} has no schema`);
    if (schema !== undefined) checkSchema(schema, `${where}: parameter ${name}`, check);
  }
}

function checkSchema(schema: Node, where: string, check: Check): void {
  if ('$ref' in schema) {
    check(Object.keys(schema).length === 1, `${where}: what stands beside $ref is ignored`);
    return;
  }
  for (const keyword of Object.keys(schema))
    check(SCHEMA_KEYWORDS.has(keyword), `${where}: keyword '${keyword}'`);
  check(TYPES.has(schema['type']), `${where}: type '${String(schema['type'])}'`);
  check(schema['type'] !== 'array' || 'items' in schema, `${where}: an array without items`);
  check(!('nullable' in schema) || 'type' in schema, `${where}: nullable without a type says nothing`);
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Node>>;
  for (const name of (schema['required'] ?? []) as readonly string[]) {
    check(name in properties, `${where}: required '${name}' is not listed`);
  }
  for (const [name, property] of Object.entries(properties)) checkSchema(property, `${where}.${name}`, check);
  for (const list of ['allOf', 'anyOf', 'oneOf']) {
    for (const each of (schema[list] ?? []) as readonly Node[]) checkSchema(each, `${where} ${list}`, check);
  }
  if (isNode(schema['items'])) checkSchema(schema['items'], `${where}[]`, check);
}

function walk(node: Node, where: string, visit: (node: Node, where: string) => void): void {
  visit(node, where);
  for (const [key, child] of Object.entries(node)) {
    // Examples may hold anything.
    if (key !== 'example' && key !== 'value' && isNode(child)) walk(child, `${where}/${key}`, visit);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}
