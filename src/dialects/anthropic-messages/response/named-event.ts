import { type JsonObject, stringifyJson } from '../../../protocol/json.js';

/**
 * One event with a name, because SDKs skip events without one.
 * @param data its `type` is the name
 */
export function namedEvent(data: JsonObject & { readonly type: string }): string {
  return `event: ${data.type}\ndata: ${stringifyJson(data)}\n\n`;
}

/** Ends a stream whose message is complete. */
export const MESSAGE_STOP = namedEvent({ type: 'message_stop' });
