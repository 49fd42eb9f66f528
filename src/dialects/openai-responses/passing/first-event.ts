import { isJsonObject, parseJson } from '../../../protocol/json.js';
import { type FirstEvent } from '../../ports/received-reply.js';
import { sseEvents } from '../../framing/sse-events.js';
import { errorOfEvent } from '../upstream/reported-error.js';

/** They come before the model has done anything, and an error may follow them at once. */
const SAY_NOTHING: ReadonlySet<unknown> = new Set([
  'response.created',
  'response.in_progress',
  'response.queued',
  'keepalive',
]);

/** The first event of a stream that says something; undefined where none does yet. @param events complete ones */
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
