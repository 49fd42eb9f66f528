import { isJsonObject, parseJson } from '../../../protocol/json.js';
import { type FirstEvent } from '../../ports/received-reply.js';
import { sseEvents } from '../../framing/sse-events.js';
import { errorOfEvent } from '../upstream/reported-error.js';

/** Events that arrive before the model has done anything; an error may follow them directly. */
const SAY_NOTHING: ReadonlySet<unknown> = new Set([
  'response.created',
  'response.in_progress',
  'response.queued',
  'keepalive',
]);

/**
 * The first event of a stream with content; undefined if there is none yet.
 * @param events complete events
 */
export function firstEventOf(events: Buffer): FirstEvent | undefined {
  for (const { event, data } of sseEvents(events.toString())) {
    if (data.trim() === '') continue;
    const value = parseJson(data);
    const type = isJsonObject(value) && typeof value['type'] === 'string' ? value['type'] : event;
    if (SAY_NOTHING.has(type)) continue;
    return { error: errorOfEvent(value, type?.toLowerCase()), event: value };
  }
  return undefined;
}
