import { errorOf } from '../../../protocol/errors/error-shape.js';
import { type SseEvent } from '../../framing/sse-events.js';

/**
 * The error that an event of a stream reports; undefined if it reports none.
 * @param value the parsed data; undefined if it is not JSON
 */
export function eventError({ data, event }: SseEvent, value: unknown): unknown {
  const name = event?.toLowerCase();
  if (name === 'error' && typeof value !== 'object')
    return typeof value === 'string' && value !== '' ? value : data || undefined;
  return errorOf(value, false, name);
}
