import { Type } from 'class-transformer';
import { ValidateBy, ValidateNested } from 'class-validator';
import { isJsonObject } from '../protocol/json.js';
import { linearPattern } from './linear-pattern.js';

/** A class-validator rule with a single message, so that each invalid field is reported once. */
function rule(name: string, expected: string, validate: (value: unknown) => boolean): PropertyDecorator {
  return ValidateBy({ name, validator: { validate, defaultMessage: () => `expected ${expected}` } });
}

/** A non-empty string. */
export const Text = (expected = 'a non-empty string') =>
  rule('text', expected, (value) => typeof value === 'string' && value.trim() !== '');

/** A string that matches a pattern. */
export const TextLike = (pattern: RegExp, expected: string) =>
  rule('textLike', expected, (value) => typeof value === 'string' && pattern.test(value));

/** A regular expression that runs in linear time. */
export const LinearPattern = () =>
  rule(
    'linearPattern',
    'a regular expression without look-around and back-references',
    (value) => typeof value === 'string' && value !== '' && linearPattern(value) !== undefined,
  );

/** One of a fixed set of words. */
export const OneOf = (words: readonly string[]) =>
  rule('oneOf', `one of ${words.join(', ')}`, (value) => words.includes(value as string));

/** `true` or `false`. */
export const Flag = () => rule('flag', 'true or false', (value) => typeof value === 'boolean');

/** A whole number within inclusive bounds. */
export const WholeNumber = (from: number, to = Number.MAX_SAFE_INTEGER, what = 'a whole number') =>
  rule(
    'wholeNumber',
    to === Number.MAX_SAFE_INTEGER ? `${what} of at least ${from}` : `${what} from ${from} to ${to}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to,
  );

/** Node stores timer delays as 32-bit milliseconds; a longer delay would fire at once. */
const LONGEST_SECONDS = 2_147_483;

/** Seconds, fractions allowed; 0 disables. */
export const Seconds = () =>
  rule(
    'seconds',
    `a number of seconds from 0 to ${LONGEST_SECONDS}`,
    (value) => typeof value === 'number' && value >= 0 && value <= LONGEST_SECONDS,
  );

/** Seconds, fractions allowed; cannot be disabled. */
export const SecondsFrom = (least: number) =>
  rule(
    'secondsFrom',
    `a number of seconds from ${least} to ${LONGEST_SECONDS}`,
    (value) => typeof value === 'number' && value >= least && value <= LONGEST_SECONDS,
  );

/** A percentage, fractions allowed. */
export const Percent = () =>
  rule(
    'percent',
    'a number from 0 to 100',
    (value) => typeof value === 'number' && value >= 0 && value <= 100,
  );

/** Up to here, billionths of a dollar are exact as a JavaScript number. */
const MOST_USD = 9_000_000;

/** An amount above zero, of whole billionths of a dollar after rounding. */
export const UsDollars = () =>
  rule(
    'usDollars',
    `US dollars, a number above 0 and at most ${MOST_USD}`,
    (value) => typeof value === 'number' && Math.round(value * 1e9) >= 1 && value <= MOST_USD,
  );

/** Larger prices and smaller fractions are not exact as whole billionths of a dollar. */
const HIGHEST_PRICE = 1_000_000;

/** A price in US dollars, of whole billionths; 0 = free. */
export const Price = () =>
  rule(
    'price',
    `a number of US dollars from 0 to ${HIGHEST_PRICE} with at most 9 decimals`,
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
    (value) => Array.isArray(value) && value.every((item) => typeof item === 'string' && pattern.test(item)),
  );

/** A list whose items are validated elsewhere. */
export const List = (expected: string) =>
  rule('list', `a list of ${expected}`, (value) => Array.isArray(value));

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
export const AnyText = () => rule('anyText', 'a string', (value) => typeof value === 'string');

/** A mapping whose values are validated elsewhere. */
export const Mapping = (expected: string) => rule('mapping', `a mapping of ${expected}`, isJsonObject);

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
