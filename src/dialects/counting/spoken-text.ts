import { type JsonObject, isJsonObject, parseJson } from '../../protocol/json.js';
import { sseEvents } from '../framing/sse-events.js';
import { saidTexts } from './said-texts.js';
import { TextSample } from './text-sample.js';

/** Where the events of a format contain words. */
export interface SpokenEvents {
  /** The names of fields with words. */
  readonly fields: readonly string[];
  /** The part of an event with new words; undefined if it has none. */
  newsOf(event: JsonObject): unknown;
}

/** How much of an event before its words identifies the field that contains them. */
const HEAD_LENGTH = 48;
const BACKSLASH = 0x5c;

/**
 * Measures the words of a stream that passes through. Once the sample is full, only the length of
 * further words matters. The events of a stream differ only in their words, so the text around the
 * words of one event finds those of the next, at a fifth of the cost of parsing it.
 */
export class SpokenText extends TextSample {
  #head = '';
  #tail = '';

  constructor(private readonly spoken: SpokenEvents) {
    super();
  }

  /** @param events begins and ends between events */
  pass(events: Buffer): void {
    const text = events.toString();
    const length = this.isFull && this.#head !== '' ? this.#lengthIn(text) : -1;
    if (length >= 0) this.addLength(length);
    else this.#read(text);
  }

  #read(text: string): void {
    let count = 0;
    let last: string | undefined;
    for (const { data } of sseEvents(text)) {
      const event = parseJson(data);
      if (!isJsonObject(event)) continue;
      for (const said of saidTexts(this.spoken.newsOf(event))) {
        this.add(said);
        last = said;
        count++;
      }
    }
    if (count === 1 && this.isFull) this.#learn(text, last!);
  }

  /** @returns the length of the words in the only event; -1 if the event must be parsed */
  #lengthIn(text: string): number {
    const at = text.indexOf(this.#head);
    if (at < 0) return -1;
    const start = at + this.#head.length;
    const end = text.indexOf('"', start);
    if (end < 0 || !text.startsWith(this.#tail, end) || text.charCodeAt(end - 1) === BACKSLASH) return -1;
    const escape = text.indexOf('\\', start);
    if (escape >= 0 && escape < end) return -1;
    return isLastLine(text, end) ? end - start : -1;
  }

  #learn(text: string, said: string): void {
    for (const field of this.spoken.fields) {
      for (const key of [`"${field}":"`, `"${field}": "`]) {
        const at = text.indexOf(`${key}${said}"`);
        if (at < 0) continue;
        const start = at + key.length;
        const end = start + said.length;
        if (!isLastLine(text, end)) return;
        this.#head = text.slice(Math.max(0, start - HEAD_LENGTH), start);
        this.#tail = text.slice(end, text.indexOf('}', end) + 1);
        return;
      }
    }
  }
}

/** Whether no other event follows. */
function isLastLine(text: string, at: number): boolean {
  const end = text.indexOf('\n', at);
  return end < 0 || end >= text.length - '\n\r\n'.length;
}
