import { InvalidRequestError } from '../errors/caller-errors.js';
import { type JsonObject, isJsonObject } from '../protocol/json.js';
import { missing } from './json-body.js';

/*
 * Checks on values of a client's request. Each takes the path of the value for its error, such as
 * `messages[2].content[0].type`. All throw InvalidRequestError.
 */

export function checkText(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw wrongType(value, path, 'a string');
}

export function checkObject(value: unknown, path: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw wrongType(value, path, 'an object');
}

export function checkList(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw wrongType(value, path, 'an array');
}

/** Checks the list of a field that may also be a string; the caller has handled the string. */
export function checkContent(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw wrongType(value, path, 'a string or an array');
}

/** @returns undefined for null, which counts as absent */
export function checkNumber(value: unknown, path: string): number | undefined {
  if (isAbsent(value)) return undefined;
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  throw wrongType(value, path, 'a number');
}

/** @returns undefined for null, which counts as absent */
export function checkInteger(value: unknown, path: string, least: number): number | undefined {
  const number = checkNumber(value, path);
  if (number === undefined || (Number.isInteger(number) && number >= least)) return number;
  throw invalid(path, `'${path}' must be an integer of ${least} or more.`);
}

/** @returns undefined for null, which counts as absent */
export function checkFlag(value: unknown, path: string): boolean | undefined {
  if (isAbsent(value)) return undefined;
  if (typeof value === 'boolean') return value;
  throw wrongType(value, path, 'a boolean');
}

export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** Whether a field is absent, null or an empty list. */
export function isEmpty(value: unknown): boolean {
  return isAbsent(value) || (Array.isArray(value) && value.length === 0);
}

export function invalid(path: string, message: string): InvalidRequestError {
  return new InvalidRequestError('invalid_value', message, path);
}

export function wrongType(value: unknown, path: string, expected: string): InvalidRequestError {
  if (value === undefined) return missing(path);
  return new InvalidRequestError(
    'invalid_type',
    `'${path}' must be ${expected}, not ${kindOf(value)}.`,
    path,
  );
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value === 'bigint' ? 'number' : typeof value}`;
}
