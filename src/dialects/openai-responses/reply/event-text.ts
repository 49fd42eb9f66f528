import { type JsonObject, stringifyJson } from '../../../protocol/json.js';

/**
 * The events of one response as text, with consecutive numbers.
 * https://platform.openai.com/docs/api-reference/responses-streaming
 */
export class EventText {
  #sequence: number;

  /** @param first number of the first event; 0 unless events were sent before */
  constructor(first = 0) {
    this.#sequence = first;
  }

  of(type: string, fields: JsonObject): string {
    const event = { type, sequence_number: this.#sequence++, ...fields };
    return `event: ${type}\ndata: ${stringifyJson(event)}\n\n`;
  }

  /** @param place the JSON fields that all deltas of one text share, without the braces */
  delta(type: string, place: string, delta: string): string {
    return `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#sequence++},${place},"delta":${JSON.stringify(delta)}}\n\n`;
  }
}

/** Writes no events: for a response that the client wants as one document. */
export class NoEventText extends EventText {
  override of(): string {
    return '';
  }

  override delta(): string {
    return '';
  }
}
