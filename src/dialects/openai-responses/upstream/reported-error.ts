import { errorOf, reportedError } from '../../../protocol/errors/error-shape.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';

/** Final states of failed responses. */
const FAILED: ReadonlySet<unknown> = new Set(['failed', 'cancelled']);

/**
 * The error that an event reports: `error`, with its fields directly in it or in an inner object,
 * `response.failed`, or any event that contains an error; undefined for all others.
 * @param type the type of the event, or the name under which it arrived
 */
export function errorOfEvent(value: unknown, type: string | undefined): unknown {
  if (type === 'response.failed' || type === 'response.cancelled')
    return errorOfResponse(isJsonObject(value) ? value['response'] : undefined) ?? unexplained('failed');
  if (type === 'error') return reportedError(value, 'error') ?? unexplained('failed');
  return reportedError(value);
}

/** The error of a complete response; undefined if it succeeded. */
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
