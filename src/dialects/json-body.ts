import { InvalidRequestError } from '../errors/caller-errors.js';
import { type JsonScan } from '../protocol/scanning/json-scan.js';
import { type Edit } from '../protocol/scanning/splice.js';

/** First bytes of values, which tell their types. */
export const QUOTE = 0x22;
export const OPEN_BRACKET = 0x5b;
const LOWER_F = 0x66;
export const LOWER_N = 0x6e;
export const LOWER_T = 0x74;
export const OPEN_BRACE = 0x7b;

/*
 * A client's JSON object as received. Some top-level fields are read, by their index among the
 * scan's wanted names, and some are replaced for the upstream; all other bytes remain unchanged.
 * For every dialect with JSON requests.
 */

/** @returns a non-empty text. @throws InvalidRequestError */
export function readText(scan: JsonScan, field: number): string {
  const first = scan.firstByte(field);
  if (first === undefined) throw missing(scan.nameOf(field));
  if (first !== QUOTE) throw invalidType(scan.nameOf(field), 'a string', first);
  const text = scan.parse(field) as string;
  if (text !== '') return text;
  const name = scan.nameOf(field);
  throw new InvalidRequestError('invalid_value', `'${name}' must not be empty.`, name);
}

/** @returns false if it is null or absent. @throws InvalidRequestError */
export function readFlag(scan: JsonScan, field: number): boolean {
  const first = scan.firstByte(field);
  if (first === undefined || first === LOWER_N || first === LOWER_F) return false;
  if (first !== LOWER_T) throw invalidType(scan.nameOf(field), 'a boolean or null', first);
  return true;
}

/**
 * Checks that a list of messages is not empty, and that each is an object with a `role`.
 * @param list index of the field to which the scan's rule applies
 * @throws InvalidRequestError
 */
export function checkMessages(scan: JsonScan, list: number): void {
  const name = scan.nameOf(list);
  const first = scan.firstByte(list);
  if (first === undefined) throw missing(name);
  if (first !== OPEN_BRACKET) throw invalidType(name, 'an array', first);
  if (scan.elements === 0)
    throw new InvalidRequestError('invalid_value', `'${name}' must hold at least one message.`, name);
  const fault = scan.elementFault;
  if (fault === undefined) return;
  const at = `${name}[${fault.index}]`;
  if (!fault.isField) throw invalidType(at, 'an object', fault.firstByte);
  if (fault.firstByte === undefined) throw missing(`${at}.role`);
  throw invalidType(`${at}.role`, 'a string', fault.firstByte);
}

/**
 * Parsers disagree on which of two equal keys wins, so the upstream could read another value than
 * the gateway did.
 * @param last the wanted names up to this index must not occur twice
 * @throws InvalidRequestError
 */
export function refuseRepeated(scan: JsonScan, last: number): void {
  if (scan.repeated < 0 || scan.repeated > last) return;
  const name = scan.nameOf(scan.repeated);
  throw new InvalidRequestError('invalid_value', `The field '${name}' occurs twice.`, name);
}

/** The edit that replaces a field and its name by `text`. */
export function replaceField(scan: JsonScan, field: number, text: string): Edit {
  return { start: scan.keyStart(field), end: scan.end(field), text };
}

/** The edit that removes a field and the preceding comma; not for the first field of an object. */
export function removeField(scan: JsonScan, field: number): Edit {
  return { start: scan.json.lastIndexOf(',', scan.keyStart(field)), end: scan.end(field), text: '' };
}

export function missing(param: string): InvalidRequestError {
  return new InvalidRequestError(
    'missing_required_parameter',
    `Missing required parameter: '${param}'.`,
    param,
  );
}

/** @param first the first byte of the value */
export function invalidType(param: string, expected: string, first: number | undefined): InvalidRequestError {
  return new InvalidRequestError(
    'invalid_type',
    `'${param}' must be ${expected}, not ${kindOf(first)}.`,
    param,
  );
}

/** @param first the first byte of a value, if there is one */
export function isNumber(first: number | undefined): boolean {
  return first !== undefined && kindOf(first) === 'a number';
}

function kindOf(first: number | undefined): string {
  switch (first) {
    case QUOTE:
      return 'a string';
    case OPEN_BRACE:
      return 'an object';
    case OPEN_BRACKET:
      return 'an array';
    case LOWER_T:
    case LOWER_F:
      return 'a boolean';
    case LOWER_N:
      return 'null';
    default:
      return 'a number';
  }
}
