import { isJsonObject, parseJson } from '../../../protocol/json.js';
import { saysError } from '../../../protocol/errors/error-shape.js';
import { sseEvents } from '../../framing/sse-events.js';

const USAGE = /"usage"\s*:\s*\{/;
/** An event and the empty lines that end it. */
const EVENT = /[^]*?(?:(?:\r\n|\n|\r(?!\n)){2,}|$)/y;

/**
 * Removes events that contain usage and nothing of the reply, as OpenAI's services send on request;
 * all other bytes are unchanged.
 * @param events begins and ends between events
 */
export function withoutUsage(events: Buffer): Buffer {
  // Latin-1 preserves every byte.
  const text = events.toString('latin1');
  if (!USAGE.test(text)) return events;
  let kept = '';
  for (let at = 0; at < text.length;) {
    EVENT.lastIndex = at;
    const event = EVENT.exec(text)![0];
    if (!USAGE.test(event) || !holdsUsageAlone(event)) kept += event;
    at += event.length;
  }
  return kept.length === text.length ? events : Buffer.from(kept, 'latin1');
}

/**
 * A content filter's findings also arrive in events without choices, but with their own fields and
 * without usage.
 */
function holdsUsageAlone(text: string): boolean {
  const [event] = sseEvents(text);
  const chunk = event === undefined ? undefined : parseJson(event.data);
  if (!isJsonObject(chunk) || !isJsonObject(chunk['usage']) || saysError(chunk['error'])) return false;
  const { choices = null } = chunk;
  return choices === null || (Array.isArray(choices) && choices.length === 0);
}
