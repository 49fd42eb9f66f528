import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { InvalidRequestError } from '../errors/caller-errors.js';
import { shown } from '../errors/shown-text.js';
import { FieldNames } from '../protocol/scanning/field-names.js';
import { scanRequest } from '../protocol/scanning/scan-request.js';
import { ModelTestRequestDto } from './model.dto.js';
import { DEFAULT_TEST_MESSAGE } from '../routing/testing/model-tester.js';

/** The body of a test contains one short message. */
export const TEST_BODY_LIMIT_BYTES = 65_536;
const NO_FIELDS = new FieldNames([]);
/** Limits for a flat object; anything deeper has unknown fields, which are rejected anyway. */
const TEST_LIMITS = { depth: 16, values: Infinity };

/**
 * Reads the body of a model test; an empty body means the default message.
 * @throws InvalidRequestError, also for unknown fields: a test can only reach the configured model
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
