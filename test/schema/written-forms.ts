import { AuthConfig } from '../../src/config/auth.config.js';
import { type Blueprint, type ClassField } from '../../src/config/loading/class-fields.js';
import { ApiKeyEntry } from '../../src/config/loading/auth/read-auth.js';
import { FALLBACK_CAUSES, ModelConfig } from '../../src/config/model.config.js';
import { type JsonSchema, SOME_TEXT } from '../../src/config/rules/rule-schema.js';
import { UPSTREAM_DIALECTS } from '../../src/dialects/upstream-dialects.js';

/** A text that holds a placeholder; what stands there instead is not known to a schema. */
export const WITH_PLACEHOLDER: JsonSchema = { type: 'string', pattern: '\\$\\{' };
/** A text that is one placeholder; its value takes the type that is expected. */
export const ONE_PLACEHOLDER: JsonSchema = { type: 'string', pattern: '^\\$\\{[^{}]*\\}$' };

const ADDRESS = '[hH][tT][tT][pP][sS]?://[^\\s/]\\S*';

/** What describes the parts of a form. */
export interface Forms {
  /** Reference to the schema of a class. */
  readonly block: (Class: Blueprint) => JsonSchema;
  /** The schema of a field as its class has it. */
  readonly usual: () => JsonSchema;
}

type Form = (forms: Forms) => JsonSchema;

/** Fields that the YAML may have in another form than their class, because readers of their own expand them. */
const OWN_FORMS: readonly (readonly [abstract new () => object, Readonly<Record<string, Form>>])[] = [
  [
    AuthConfig,
    {
      api_keys: ({ block }) => ({
        type: ['array', 'null'],
        items: { anyOf: [{ ...SOME_TEXT, description: 'The key itself.' }, itemOf(block(ApiKeyEntry))] },
      }),
    },
  ],
  [ApiKeyEntry, { models: ({ usual }) => ({ ...usual(), type: 'array', minItems: 1 }) }],
  [
    ModelConfig,
    {
      probe: ({ usual }) => ({ anyOf: [usual(), { $ref: '#/definitions/ProbeConfig/properties/kind' }] }),
      price: ({ usual }) => ({ anyOf: [{ const: 'free', description: 'All prices are 0.' }, usual()] }),
      fallbacks: () => ({ type: ['array', 'null'], items: { anyOf: [SOME_TEXT, FALLBACK] } }),
      speaks: () => ({
        type: ['array', 'null'],
        minItems: 1,
        items: oneOf([...new Set(UPSTREAM_DIALECTS.map(({ name }) => name))]),
      }),
    },
  ],
];

/** YAML reads 429 as a number. */
const CAUSE = oneOf([...FALLBACK_CAUSES, 429]);

/** A model that takes over, and for what. */
export const FALLBACK = {
  type: 'object',
  additionalProperties: false,
  required: ['model'],
  properties: {
    model: { ...SOME_TEXT, description: 'The name of another model.' },
    on: {
      description: 'Causes for which it takes over, one or a list. Default: all but `context_length`.',
      anyOf: [{ type: 'null' }, CAUSE, { type: 'array', items: CAUSE, minItems: 1 }],
    },
  },
} satisfies JsonSchema;

/** The own form of a field; undefined when it has none. */
export function ownForm(Class: Blueprint, name: string): Form | undefined {
  const own = OWN_FORMS.find(
    ([Base, forms]) => (Class === Base || Class.prototype instanceof Base) && Object.hasOwn(forms, name),
  );
  if (own !== undefined) return own[1][name];
  if (Class !== (ModelConfig as unknown) && !(Class.prototype instanceof ModelConfig)) return undefined;
  // `checkAddresses` judges by these names, too.
  if (name === 'proxy') return () => addressSchema(ADDRESS);
  return name.endsWith('_url') ? () => addressSchema(`(${ADDRESS}|sandbox:[\\s\\S]*)`) : undefined;
}

function addressSchema(pattern: string): JsonSchema {
  return { anyOf: [{ type: ['string', 'null'], pattern: `^${pattern}$` }, WITH_PLACEHOLDER] };
}

/** One of some words, or a text with a placeholder. */
export function oneOf(words: readonly unknown[]): JsonSchema {
  return { anyOf: [{ enum: words }, WITH_PLACEHOLDER] };
}

/** A block as an item of a list, where null is none. */
export function itemOf(block: JsonSchema): JsonSchema {
  return { allOf: [block, { type: 'object' }] };
}

/** The schema of a field as written: a placeholder may stand for its value, or for a part of it. */
export function written(value: JsonSchema, { expects }: ClassField): JsonSchema {
  const { type, items, pattern, anyOf } = value;
  if (type === 'array' && isSchema(items)) return { ...value, items: written(items, { expects: 'string' }) };
  if (anyOf !== undefined && expects === 'number')
    return { anyOf: [...(anyOf as JsonSchema[]), WITH_PLACEHOLDER] };
  if (expects === 'number' || expects === 'boolean') return { anyOf: [value, ONE_PLACEHOLDER] };
  if (value['enum'] !== undefined || (pattern !== undefined && pattern !== SOME_TEXT['pattern']))
    return { anyOf: [value, WITH_PLACEHOLDER] };
  return value;
}

/** The schema of a key that may be written without a value. */
export function orNull(value: JsonSchema): JsonSchema {
  const { type, anyOf } = value;
  const words = value['enum'];
  if (type !== undefined) return { ...value, type: [...new Set([type, 'null'].flat())] };
  if (words !== undefined) return { ...value, enum: [...(words as unknown[]), null] };
  if (anyOf === undefined) return value;
  const [first, ...rest] = anyOf as JsonSchema[];
  return { ...value, anyOf: [orNull(first!), ...rest] };
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
