import { Transform, Type } from 'class-transformer';
import { ValidateBy, ValidateNested } from 'class-validator';
import { isJsonObject } from '../../protocol/json.js';
import { byteSize, WRITTEN_SIZE } from './byte-size.js';
import { linearPattern } from './linear-pattern.js';
import { type JsonSchema, RuleSchema, SOME_TEXT, textLike } from './rule-schema.js';

/**
 * A class-validator rule with a single message, so that each invalid field is reported once.
 * @param schema accepts whatever the rule accepts
 */
export function rule(
  name: string,
  expected: string,
  schema: JsonSchema,
  validate: (value: unknown) => boolean,
): PropertyDecorator {
  return ValidateBy({
    name,
    constraints: [new RuleSchema(schema, expected)],
    validator: { validate, defaultMessage: () => `expected ${expected}` },
  });
}

/** A non-empty string. */
export const Text = (expected = 'a non-empty string') =>
  rule('text', expected, SOME_TEXT, (value) => typeof value === 'string' && value.trim() !== '');

/** A string that matches a pattern. */
export const TextLike = (pattern: RegExp, expected: string) =>
  rule('textLike', expected, textLike(pattern), (value) => typeof value === 'string' && pattern.test(value));

/** A regular expression that runs in linear time. */
export const LinearPattern = () =>
  rule(
    'linearPattern',
    'a regular expression without look-around and back-references',
    { type: 'string', minLength: 1 },
    (value) => typeof value === 'string' && value !== '' && linearPattern(value) !== undefined,
  );

/** One of a fixed set of words. */
export const OneOf = (words: readonly string[]) =>
  rule('oneOf', `one of ${words.join(', ')}`, { enum: words }, (value) => words.includes(value as string));

/** `true` or `false`. */
export const Flag = () =>
  rule('flag', 'true or false', { type: 'boolean' }, (value) => typeof value === 'boolean');

/** A whole number within inclusive bounds. */
export const WholeNumber = (from: number, to = Number.MAX_SAFE_INTEGER, what = 'a whole number') =>
  rule(
    'wholeNumber',
    to === Number.MAX_SAFE_INTEGER ? `${what} of at least ${from}` : `${what} from ${from} to ${to}`,
    { type: 'integer', minimum: from, maximum: to },
    (value) => Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to,
  );

/** Node stores timer delays as 32-bit milliseconds; a longer delay would fire at once. */
const LONGEST_SECONDS = 2_147_483;

/** Seconds, fractions allowed; 0 disables. */
export const Seconds = () =>
  rule(
    'seconds',
    `a number of seconds from 0 to ${LONGEST_SECONDS}`,
    { type: 'number', minimum: 0, maximum: LONGEST_SECONDS },
    (value) => typeof value === 'number' && value >= 0 && value <= LONGEST_SECONDS,
  );

/** Seconds, fractions allowed; cannot be disabled. */
export const SecondsFrom = (least: number) =>
  rule(
    'secondsFrom',
    `a number of seconds from ${least} to ${LONGEST_SECONDS}`,
    { type: 'number', minimum: least, maximum: LONGEST_SECONDS },
    (value) => typeof value === 'number' && value >= least && value <= LONGEST_SECONDS,
  );

/** A percentage, fractions allowed. */
export const Percent = () =>
  rule(
    'percent',
    'a number from 0 to 100',
    { type: 'number', minimum: 0, maximum: 100 },
    (value) => typeof value === 'number' && value >= 0 && value <= 100,
  );

/** Up to this amount, a JavaScript number holds billionths of a dollar exactly. */
const MOST_USD = 9_000_000;

/** An amount above zero, of whole billionths of a dollar after rounding. */
export const UsDollars = () =>
  rule(
    'usDollars',
    `US dollars, a number above 0 and at most ${MOST_USD}`,
    { type: 'number', exclusiveMinimum: 0, maximum: MOST_USD },
    (value) => typeof value === 'number' && Math.round(value * 1e9) >= 1 && value <= MOST_USD,
  );

/** Larger prices and smaller fractions are not exact as whole billionths of a dollar. */
const HIGHEST_PRICE = 1_000_000;

/** A price in US dollars, of whole billionths; 0 = free. */
export const Price = () =>
  rule(
    'price',
    `a number of US dollars from 0 to ${HIGHEST_PRICE} with at most 9 decimals`,
    { type: 'number', minimum: 0, maximum: HIGHEST_PRICE },
    (value) =>
      typeof value === 'number' &&
      value >= 0 &&
      value <= HIGHEST_PRICE &&
      Math.round(value * 1e9) / 1e9 === value,
  );

/** A list of strings that match a pattern. */
export const TextList = (pattern: RegExp, expected: string) =>
  rule(
    'textList',
    `a list of ${expected}`,
    { type: 'array', items: textLike(pattern) },
    (value) => Array.isArray(value) && value.every((item) => typeof item === 'string' && pattern.test(item)),
  );

/**
 * A list whose items are validated elsewhere.
 * @param items the schema of an item
 */
export const List = (expected: string, items: JsonSchema = {}) =>
  rule('list', `a list of ${expected}`, { type: 'array', items }, (value) => Array.isArray(value));

/** Metadata key for the class of a list's items. */
export const ITEM_BLOCK = Symbol('config:item');

/** A list of blocks described by one class. */
export const BlockList =
  (Item: new () => object, expected: string): PropertyDecorator =>
  (target, field) => {
    for (const decorate of [List(expected), ValidateNested({ each: true }), Type(() => Item)]) {
      decorate(target, field);
    }
    Reflect.defineMetadata(ITEM_BLOCK, Item, target, field);
  };

/** A string that may be empty. */
export const AnyText = () =>
  rule('anyText', 'a string', { type: 'string' }, (value) => typeof value === 'string');

/**
 * A mapping whose values are validated elsewhere.
 * @param values the schema of a value
 */
export const Mapping = (expected: string, values: JsonSchema = { type: 'string' }) =>
  rule('mapping', `a mapping of ${expected}`, { type: 'object', additionalProperties: values }, isJsonObject);

/** A number of bytes, or in the YAML a size such as "64mb". */
export const Bytes =
  (from: number, to: number, expected: string): PropertyDecorator =>
  (target, field) => {
    const schema = { anyOf: [{ type: 'integer', minimum: from, maximum: to }, textLike(WRITTEN_SIZE)] };
    const words = to === Number.MAX_SAFE_INTEGER ? expected : `${expected} from ${from} to ${to}`;
    const isSize = (value: unknown): boolean =>
      Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to;
    Transform(({ value }) => byteSize(value))(target, field);
    rule('bytes', words, schema, isSize)(target, field);
  };

const DEFAULT_OF_MACHINE = Symbol('config:default-of-machine');

/** Marks a key whose default depends on the machine. */
export const DefaultOfMachine = (): PropertyDecorator => (target, field) =>
  Reflect.defineMetadata(DEFAULT_OF_MACHINE, true, target, field);

/** Whether the default of a key depends on the machine. */
export function hasDefaultOfMachine(block: object, key: string): boolean {
  return Reflect.hasMetadata(DEFAULT_OF_MACHINE, block, key);
}

const START_KEYS = Symbol('config:start-keys');

/** Marks a key or a whole block that is read only when the process starts. */
export const AtNextStart = (): PropertyDecorator => (target, field) => {
  const known = (Reflect.getOwnMetadata(START_KEYS, target) ?? []) as readonly string[];
  Reflect.defineMetadata(START_KEYS, [...known, String(field)], target);
};

/** The keys of a block marked with `AtNextStart`. */
export function startKeysOf(block: object): readonly string[] {
  return (Reflect.getMetadata(START_KEYS, block) ?? []) as readonly string[];
}
