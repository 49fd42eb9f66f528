import { errorOf } from '../../protocol/errors/error-shape.js';
import { isJsonObject } from '../../protocol/json.js';

/**
 * How long `retry-after-ms` or `retry-after` (seconds, or an HTTP date) asks to wait; undefined if
 * neither does.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const ms = numberOf(headers['retry-after-ms']);
  if (ms !== undefined) return ms;
  const text = headers['retry-after'];
  const seconds = numberOf(text);
  if (seconds !== undefined) return seconds * 1000;
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}

/**
 * The wait that the details of an error ask for, as in `{"retryDelay": "17s"}`, converted to a
 * `retry-after` header: some services state it nowhere else.
 * https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
 * @param body the parsed body
 */
export function statedDelay(body: unknown): { readonly 'retry-after'?: string } {
  const error = errorOf(body, true);
  const details = isJsonObject(error) ? error['details'] : undefined;
  if (!Array.isArray(details)) return {};
  for (const detail of details as readonly unknown[]) {
    const delay = isJsonObject(detail) ? detail['retryDelay'] : undefined;
    const seconds = typeof delay === 'string' ? /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(delay)?.[1] : undefined;
    if (seconds !== undefined) return { 'retry-after': String(Math.ceil(Number(seconds))) };
  }
  return {};
}
