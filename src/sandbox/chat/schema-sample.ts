import { type JsonObject, isObject } from './chat-request.js';

/** Deep enough for any sensible schema, and a bound for one that refers to itself. */
const MAX_DEPTH = 12;
/**
 * A schema that refers to itself several times would grow without bounds despite the depth limit.
 */
const MAX_STEPS = 10_000;

interface Sampling {
  readonly root: unknown;
  stepsLeft: number;
}

const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-01-01',
  'date-time': '2026-01-01T00:00:00Z',
  time: '00:00:00Z',
  email: 'someone@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
  ipv4: '127.0.0.1',
};

/**
 * Generates a value that fits a simple JSON Schema: constants, enums, formats, lengths, ranges,
 * local `$ref`, the first branch of `anyOf` and `oneOf`, all of `allOf`. Patterns are ignored.
 * @param name the field's name, which free strings contain so that a reader recognises it
 */
export function sampleOf(schema: unknown, name = 'value'): unknown {
  return sample(schema, name, { root: schema, stepsLeft: MAX_STEPS }, 0);
}

function sample(given: unknown, name: string, sampling: Sampling, depth: number): unknown {
  sampling.stepsLeft -= 1;
  if (depth > MAX_DEPTH || sampling.stepsLeft < 0) return null;
  if (!isObject(given)) return `sample ${name}`;
  const schema = resolved(given, sampling, depth);
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[0];
  if ('default' in schema) return schema.default;
  if (Array.isArray(schema.examples) && schema.examples.length > 0) return schema.examples[0];
  for (const branches of [schema.anyOf, schema.oneOf]) {
    if (Array.isArray(branches) && branches.length > 0) return sample(branches[0], name, sampling, depth + 1);
  }
  switch (typeOf(schema)) {
    case 'object':
      return sampleObject(schema, sampling, depth);
    case 'array':
      return sampleArray(schema, name, sampling, depth);
    case 'integer':
      return sampleNumber(schema, 1);
    case 'number':
      return sampleNumber(schema, 0.5);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return sampleString(schema, name);
  }
}

function resolved(schema: JsonObject, sampling: Sampling, depth: number): JsonObject {
  let found: unknown = schema;
  for (let hops = 0; hops < MAX_DEPTH && isObject(found) && typeof found.$ref === 'string'; hops += 1) {
    found = found.$ref
      .replace(/^#\/?/, '')
      .split('/')
      .filter((step) => step !== '')
      .reduce<unknown>((at, step) => (isObject(at) ? at[step] : undefined), sampling.root);
  }
  if (!isObject(found)) return {};
  sampling.stepsLeft -= 1;
  if (!Array.isArray(found.allOf) || depth > MAX_DEPTH || sampling.stepsLeft < 0) return found;
  const parts = found.allOf.filter(isObject).map((part) => resolved(part, sampling, depth + 1));
  const properties = Object.assign(
    {},
    found.properties,
    ...parts.map((part) => part.properties),
  ) as JsonObject;
  return Object.assign({}, ...parts, found, { allOf: undefined, properties }) as JsonObject;
}

function typeOf(schema: JsonObject): unknown {
  const type = Array.isArray(schema.type) ? schema.type.find((each) => each !== 'null') : schema.type;
  if (type !== undefined) return type;
  if (isObject(schema.properties) && Object.keys(schema.properties).length > 0) return 'object';
  return 'items' in schema ? 'array' : 'string';
}

function sampleObject(schema: JsonObject, sampling: Sampling, depth: number): JsonObject {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? (schema.required as readonly unknown[]) : []);
  const made: Record<string, unknown> = {};
  for (const [key, property] of Object.entries(properties)) {
    // Optional fields are omitted below this depth, so that a schema that refers to itself ends.
    if (depth > 2 && !required.has(key)) continue;
    made[key] = sample(property, key, sampling, depth + 1);
  }
  return made;
}

function sampleArray(schema: JsonObject, name: string, sampling: Sampling, depth: number): unknown[] {
  const least = typeof schema.minItems === 'number' ? schema.minItems : 1;
  const most = typeof schema.maxItems === 'number' ? schema.maxItems : least;
  const length = depth > 4 && schema.minItems === undefined ? 0 : Math.min(least, most, 100);
  return Array.from({ length }, () => sample(schema.items, name, sampling, depth + 1));
}

function sampleNumber(schema: JsonObject, usual: number): number {
  const step = schema.type === 'number' ? 0.5 : 1;
  const above = typeof schema.exclusiveMinimum === 'number' ? schema.exclusiveMinimum + step : -Infinity;
  const below = typeof schema.exclusiveMaximum === 'number' ? schema.exclusiveMaximum - step : Infinity;
  const least = Math.max(typeof schema.minimum === 'number' ? schema.minimum : -Infinity, above);
  const most = Math.min(typeof schema.maximum === 'number' ? schema.maximum : Infinity, below);
  const multiple =
    typeof schema.multipleOf === 'number' && schema.multipleOf > 0 ? schema.multipleOf : undefined;
  const chosen = Math.min(Math.max(usual, least), most);
  return multiple === undefined ? chosen : Math.ceil(chosen / multiple) * multiple;
}

function sampleString(schema: JsonObject, name: string): string {
  const known = typeof schema.format === 'string' ? FORMATS[schema.format] : undefined;
  if (known !== undefined) return known;
  const least = typeof schema.minLength === 'number' ? schema.minLength : 0;
  const most = typeof schema.maxLength === 'number' ? schema.maxLength : Infinity;
  return `sample ${name}`.padEnd(Math.min(least, 10_000), '.').slice(0, most);
}
