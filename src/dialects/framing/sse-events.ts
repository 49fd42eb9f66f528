import { stringifyJson } from '../../protocol/json.js';

/** One server-sent event. */
export interface SseEvent {
  readonly event?: string;
  readonly id?: string;
  readonly data: string;
}

/**
 * The events in a text that begins and ends between events, without comments.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html, except that an event with a name
 * but no data counts, too: some services send one as their last.
 */
export function* sseEvents(text: string): Generator<SseEvent> {
  let data: string | undefined;
  let event: string | undefined;
  let id: string | undefined;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === '') {
      if (data !== undefined || event !== undefined) yield { event, id, data: data ?? '' };
      data = event = id = undefined;
      continue;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') data = data === undefined ? value : `${data}\n${value}`;
    else if (name === 'event') event = value;
    else if (name === 'id') id = value;
  }
  if (data !== undefined || event !== undefined) yield { event, id, data: data ?? '' };
}

/** The `data` of each event in a piece of text that begins and ends between events. */
export function* sseData(text: string): Generator<string> {
  for (const { data } of sseEvents(text)) if (data !== '') yield data;
}

/** One event with this object as its data. */
export function sseEvent(data: unknown): string {
  return `data: ${stringifyJson(data)}\n\n`;
}
