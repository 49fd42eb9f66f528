import { isUtf8 } from 'node:buffer';
import { InvalidRequestError, TooManyValuesError } from '../../errors/caller-errors.js';
import { jsonFaultAt, positionOf, utf8FaultAt } from './json-fault.js';
import { type FieldNames } from './field-names.js';
import { type ElementRule, JsonScan, NO_LIMITS, type ScanLimits } from './json-scan.js';

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/**
 * Checks that a request's body is a JSON object in UTF-8 within the limits before it is parsed,
 * because a value of two bytes takes more than sixty once it is parsed.
 * @throws InvalidRequestError, TooManyValuesError
 */
export function scanRequest(
  body: Buffer,
  wanted: FieldNames,
  limits: ScanLimits = NO_LIMITS,
  rule?: ElementRule,
): JsonScan {
  if (!isUtf8(body)) throw notJson(`it is not UTF-8 at ${placeIn(body, utf8FaultAt(body))}`);
  const scan = JsonScan.of(body, wanted, limits, rule);
  switch (scan.fault) {
    case undefined:
      return scan;
    case 'invalid':
      throw notJson(whyInvalid(body));
    case 'not_an_object':
      throw new InvalidRequestError('invalid_type', 'The request body must be a JSON object.');
    case 'too_deep':
      throw new InvalidRequestError(
        'invalid_value',
        `The request body is nested deeper than ${limits.depth} levels.`,
      );
    case 'too_many_values':
      throw new TooManyValuesError(limits.values);
  }
}

function whyInvalid(body: Buffer): string {
  if (body.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK))
    return 'it begins with a byte order mark';
  const at = jsonFaultAt(body);
  return `${at < body.length ? 'see' : 'it ends too early, at'} ${placeIn(body, at)}`;
}

function placeIn(body: Buffer, offset: number): string {
  const { line, column } = positionOf(body, offset);
  return `line ${line}, column ${column}`;
}

function notJson(why: string): InvalidRequestError {
  return new InvalidRequestError('invalid_json', `The request body is not valid JSON: ${why}.`);
}
