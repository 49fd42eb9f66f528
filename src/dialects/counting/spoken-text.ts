import { type JsonObject, isJsonObject, parseJson } from '../../protocol/json.js';
import { sseEvents } from '../framing/sse-events.js';
import { saidTexts } from './said-texts.js';
import { TextSample } from './text-sample.js';

/** How the events of a format say words. */
export interface SpokenEvents {
  /** The names of fields with words. */
  readonly fields: readonly string[];
  /** The part of an event that says something new; undefined: none. */
  newsOf(event: JsonObject): unknown;
}

/** So much of an event before its words tells which field they are in. */
const HEAD_LENGTH = 48;
const BACKSLASH = 0x5c;

/**
 * The words of a stream that passes. Once the sample is full, only the length of further words matters, and the events
 * of a stream are alike but for them: what surrounds the words of one event finds those of the next, at a fifth of the
 * cost of reading it.
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

  /** @returns the length of what the only event says; -1 where the event has to be read */
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
