import { AuthConfig } from '../../src/config/auth.config.js';
import { startKeysOf } from '../../src/config/rules/config-rules.js';
import { BLOCKS, GatewayConfig } from '../../src/config/gateway.config.js';
import { type Blueprint, classFields, type ClassField } from '../../src/config/loading/class-fields.js';
import { deploymentFields, DeploymentLabel } from '../../src/config/loading/models/deployment-blocks.js';
import { ApiKeyEntry } from '../../src/config/loading/auth/read-auth.js';
import { ModelConfig, type ModelType } from '../../src/config/model.config.js';
import { type JsonSchema, RuleSchema } from '../../src/config/rules/rule-schema.js';
import { type ClassComments } from './doc-comments.js';
import { commentOf, defaultOf, expectedOf, isRequired, OPTIONAL, rulesOf } from './field-facts.js';
import { itemOf, ONE_PLACEHOLDER, oneOf, orNull, ownForm, written } from './written-forms.js';

/** Rules of class-validator itself, by name. */
const PLAIN_RULES: Readonly<Record<string, JsonSchema>> = {
  isString: { type: 'string' },
  isNotEmpty: { minLength: 1 },
  isNumber: { type: 'number' },
  isPositive: { exclusiveMinimum: 0 },
};
const NESTED = 'nestedValidation';

/** Builds the JSON Schema of a configuration from the classes and rules that check it. */
export class SchemaBuilder {
  readonly #definitions: Record<string, JsonSchema> = {};

  constructor(
    private readonly modelTypes: readonly ModelType[],
    private readonly comments: ReadonlyMap<string, ClassComments>,
  ) {}

  build(): JsonSchema {
    // What every type has is described once.
    const Every = ModelConfig as unknown as Blueprint;
    this.#definitions['model'] = this.#blockSchema(Every, classFields(Every), ['name']);
    const blocks = Object.entries(BLOCKS).map(([key, Class]) => [key, this.#top(key, this.block(Class))]);
    const models = this.modelTypes.map(({ type, Config }) => [type, this.#group(type, Config)]);
    const auth = this.block(AuthConfig);
    this.#define(AuthConfig, {
      anyOf: [
        { type: 'null' },
        { required: ['api_keys'], properties: { api_keys: { type: 'array', minItems: 1 } } },
        { required: ['enabled'], properties: { enabled: { anyOf: [{ const: false }, ONE_PLACEHOLDER] } } },
      ],
    });
    return {
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'LLM Gateway configuration',
      description: 'A value may be ${NAME}, ${NAME:-default} or ${file:/path}; $${ is a literal ${.',
      type: 'object',
      additionalProperties: false,
      required: ['auth', 'models'],
      properties: {
        auth: { allOf: [auth, { type: 'object' }], description: this.comments.get('AuthConfig')?.own },
        ...Object.fromEntries(blocks),
        models: {
          description: 'The models, in groups by type.',
          type: 'object',
          additionalProperties: false,
          properties: Object.fromEntries(models),
        },
      },
      definitions: this.#definitions,
    };
  }

  /** Reference to the schema of a block; null stands for its defaults. */
  block(Class: Blueprint): JsonSchema {
    const { name } = Class;
    if (!Object.hasOwn(this.#definitions, name)) {
      this.#definitions[name] = {};
      this.#definitions[name] = this.#blockSchema(Class, classFields(Class), this.#requiredOf(Class));
    }
    return { $ref: `#/definitions/${name}` };
  }

  #define({ name }: Blueprint, more: JsonSchema): void {
    this.#definitions[name] = { ...this.#definitions[name], ...more };
  }

  #top(key: string, block: JsonSchema): JsonSchema {
    const description = this.comments.get(BLOCKS[key as keyof typeof BLOCKS].name)?.own;
    const isAtStart = startKeysOf(new GatewayConfig()).includes(key);
    return {
      allOf: [block],
      description: isAtStart ? `${description} Read when the gateway starts.` : description,
    };
  }

  #group(type: string, Config: Blueprint): JsonSchema {
    const deployment = `${type}Deployment`;
    this.#definitions[deployment] = this.#blockSchema(Config, deploymentFields(Config), [], DeploymentLabel);
    const model = this.#blockSchema(Config, classFields(Config), ['name']);
    const properties = model['properties'] as Record<string, JsonSchema>;
    // The address is that of the entry, or of each of its deployments.
    const isText = { type: 'string' };
    this.#definitions[type] = {
      ...model,
      type: 'object',
      properties: {
        ...properties,
        type: { description: 'Says what the group says, or nothing.', ...orNull(oneOf([type])) },
        deployments: {
          description: this.#describe(Config, 'deployments'),
          type: ['array', 'null'],
          minItems: 1,
          items: itemOf({ $ref: `#/definitions/${deployment}` }),
        },
      },
      anyOf: [
        {
          required: ['base_url'],
          properties: {
            base_url: isText,
            deployments: { items: { properties: { base_url: { type: 'null' } } } },
          },
        },
        {
          required: ['deployments'],
          properties: {
            base_url: { type: 'null' },
            deployments: {
              type: 'array',
              items: { required: ['base_url'], properties: { base_url: isText } },
            },
          },
        },
      ],
    };
    return {
      description: `Models of the type ${type}.`,
      type: ['array', 'null'],
      items: { $ref: `#/definitions/${type}` },
    };
  }

  #blockSchema(
    Class: Blueprint,
    fields: ReadonlyMap<string, ClassField>,
    required: readonly string[],
    Label?: Blueprint,
  ): JsonSchema {
    const properties = [...fields].map(([key, field]) => {
      const Owner = Label !== undefined && classFields(Label).has(key) ? Label : Class;
      if (isOfEveryModel(Owner, key)) return [key, { $ref: `#/definitions/model/properties/${key}` }];
      return [key, this.#property(Owner, key, field, required.includes(key))];
    });
    return {
      description: this.comments.get(Class.name)?.own,
      type: ['object', 'null'],
      additionalProperties: false,
      ...(required.length > 0 && { required }),
      properties: Object.fromEntries(properties) as JsonSchema,
      ...(Class === ApiKeyEntry && ONE_OF_BOTH_KEYS),
    };
  }

  #property(Class: Blueprint, key: string, field: ClassField, isRequired: boolean): JsonSchema {
    const usual = (): JsonSchema => {
      if (field.Block !== undefined) return this.block(field.Block);
      const value =
        field.Item === undefined
          ? written(this.#valueOf(Class, key), field)
          : { type: 'array', items: itemOf(this.block(field.Item)) };
      return isRequired ? value : orNull(value);
    };
    const own = ownForm(Class, key);
    const schema = own?.({ usual, block: (Other) => this.block(Other) }) ?? usual();
    const isReference = schema['$ref'] !== undefined;
    const value = defaultOf(Class, key);
    const defaults = value === undefined || typeof value === 'object' ? {} : { default: value };
    return {
      description: this.#describe(Class, key),
      ...(isReference ? { allOf: [schema] } : schema),
      ...defaults,
    };
  }

  /** What the rules of a field accept. */
  #valueOf(Class: Blueprint, key: string): JsonSchema {
    const parts = rulesOf(Class, key)
      .filter(({ type }) => type !== OPTIONAL && type !== NESTED)
      .map(({ name = '', constraints }) => {
        const [first] = (constraints ?? []) as unknown[];
        const schema = first instanceof RuleSchema ? first.schema : PLAIN_RULES[name];
        if (schema === undefined) throw new Error(`${Class.name}.${key}: the rule ${name} has no schema`);
        return schema;
      });
    return Object.assign({}, ...parts) as JsonSchema;
  }

  #describe(Class: Blueprint, key: string): string {
    const expected = expectedOf(Class, key);
    const parts = [
      commentOf(Class, key, this.comments),
      expected === undefined ? undefined : `Expected: ${expected}.`,
      startKeysOf(Class.prototype as object).includes(key) ? 'Read when the gateway starts.' : undefined,
    ];
    return parts.filter((part) => part !== undefined).join(' ');
  }

  #requiredOf(Class: Blueprint): string[] {
    return [...classFields(Class).keys()].filter((key) => isRequired(Class, key));
  }
}

/** Whether a field is one that all types of models have, and have in the same form. */
function isOfEveryModel(Class: Blueprint, key: string): boolean {
  return Class.prototype instanceof ModelConfig && classFields(ModelConfig as unknown as Blueprint).has(key);
}

/** Exactly one of the two. */
const ONE_OF_BOTH_KEYS: JsonSchema = {
  oneOf: ['key', 'key_sha256'].map((key) => ({ required: [key], properties: { [key]: { type: 'string' } } })),
};
