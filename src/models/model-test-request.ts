import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { InvalidRequestError } from '../errors/caller-errors.js';
import { shown } from '../errors/shown-text.js';
import { FieldNames } from '../protocol/json-scan.js';
import { scanRequest } from '../protocol/scan-request.js';
import { ModelTestRequestDto } from './model.dto.js';
import { DEFAULT_TEST_MESSAGE } from '../routing/model-tester.js';

/** A test's body holds one short message. */
export const TEST_BODY_LIMIT_BYTES = 65_536;
const NO_FIELDS = new FieldNames([]);
/** Of a flat object. What is deeper, or has more, has fields that are refused anyway. */
const TEST_LIMITS = { depth: 16, values: Infinity };

/**
 * Reads the body of a model test; an empty one means the default message.
 * @throws InvalidRequestError, also for fields that it does not know: a test goes nowhere but to the configured model
 */
export function parseModelTest(body: Buffer): { test_message: string; force: boolean } {
  if (body.length === 0) return { test_message: DEFAULT_TEST_MESSAGE, force: false };
  scanRequest(body, NO_FIELDS, TEST_LIMITS);
  const request = plainToInstance(ModelTestRequestDto, JSON.parse(body.toString()) as object);
  const [problem] = validateSync(request, { whitelist: true, forbidNonWhitelisted: true });
  if (problem !== undefined) throw toRequestError(problem);
  return { test_message: request.test_message ?? DEFAULT_TEST_MESSAGE, force: request.force ?? false };
}

function toRequestError({ property, constraints }: ValidationError): InvalidRequestError {
  const rules = constraints ?? {};
  const code = 'isString' in rules || 'isBoolean' in rules ? 'invalid_type' : 'invalid_value';
  return new InvalidRequestError(code, `${shown(Object.values(rules).join('; '))}.`, property);
}
