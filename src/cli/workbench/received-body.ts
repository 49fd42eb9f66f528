import { sseEvents } from '../../dialects/framing/sse-events.js';
import { parseJson } from '../../protocol/json.js';

/** How much of a body is captured for display. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
const FIRST_EVENTS = 3;

/** Captures a response body as it arrives. */
export class ReceivedBody {
  length = 0;
  readonly #chunks: Buffer[] = [];

  constructor(private readonly contentType: string | undefined) {}

  add(chunk: Buffer): void {
    if (this.length < MAX_KEPT_BYTES) this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  /** A JSON body as it is; for a stream, the first events and the number of events. */
  fields(): Record<string, unknown> {
    if (isBinary(this.contentType)) return binaryFields(this.length, this.contentType);
    return bodyFields(Buffer.concat(this.#chunks).toString(), this.contentType);
  }
}

/** Whether a body is audio, an image or other binary data. */
export function isBinary(contentType = ''): boolean {
  return /^\s*(?:audio|image|video)\/|^\s*application\/octet-stream/i.test(contentType);
}

export function binaryFields(bytes: number, contentType = ''): Record<string, unknown> {
  return { body: `(${bytes} bytes of ${contentType})` };
}

export function bodyFields(text: string, contentType: string | undefined): Record<string, unknown> {
  const events = eventsOf(text, contentType);
  if (events === undefined) return { body: documentOf(text) };
  return { events: events.length, first_events: events.slice(0, FIRST_EVENTS) };
}

/** Parses a text as JSON if possible, so that secrets in it are found by name. */
export function documentOf(text: string): unknown {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null ? value : text;
}

function eventsOf(text: string, contentType = ''): unknown[] | undefined {
  if (/^\s*text\/event-stream/i.test(contentType)) {
    return [...sseEvents(text)].map(({ event, data }) =>
      event === undefined ? documentOf(data) : { event, data: documentOf(data) },
    );
  }
  if (!/ndjson|jsonl|json-seq/i.test(contentType)) return undefined;
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [documentOf(line)]));
}
