import { errorOf, reportedError } from '../../../protocol/errors/error-shape.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';

/** Final states of responses that have failed. */
const FAILED: ReadonlySet<unknown> = new Set(['failed', 'cancelled']);

/**
 * The error that an event reports: `error` with its fields inside or in an object of their own, `response.failed`, or
 * any event with an error in it; undefined for all others.
 * @param type of the event: its own, or the name that it came under
 */
export function errorOfEvent(value: unknown, type: string | undefined): unknown {
  if (type === 'response.failed' || type === 'response.cancelled')
    return errorOfResponse(isJsonObject(value) ? value['response'] : undefined) ?? unexplained('failed');
  if (type === 'error') return reportedError(value, 'error') ?? unexplained('failed');
  return reportedError(value);
}

/** The error that a whole response is; undefined for a good one. */
export function errorOfResponse(response: unknown): unknown {
  if (!isJsonObject(response)) return undefined;
  const { status, error, output } = response;
  if (isJsonObject(error) && Object.values(error).some((each) => each !== null && each !== '')) return error;
  if (typeof error === 'string' && error !== '') return error;
  if (FAILED.has(status)) return unexplained(String(status));
  return Array.isArray(output) ? undefined : errorOf(response, true);
}

function unexplained(status: string): JsonObject {
  return {
    code: 'server_error',
    message: `The response has ${status === 'failed' ? 'failed' : 'been cancelled'}.`,
  };
}
