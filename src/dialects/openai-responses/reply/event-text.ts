import { type JsonObject, stringifyJson } from '../../../protocol/json.js';

/**
 * The events of one response as text, numbered one by one.
 * https://platform.openai.com/docs/api-reference/responses-streaming
 */
export class EventText {
  #sequence: number;

  /** @param first number, 0 unless others have sent events before */
  constructor(first = 0) {
    this.#sequence = first;
  }

  of(type: string, fields: JsonObject): string {
    const event = { type, sequence_number: this.#sequence++, ...fields };
    return `event: ${type}\ndata: ${stringifyJson(event)}\n\n`;
  }

  /** @param place what all deltas of one text have in common: the inside of an object in JSON */
  delta(type: string, place: string, delta: string): string {
    return `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#sequence++},${place},"delta":${JSON.stringify(delta)}}\n\n`;
  }
}

/** For a response that is wanted as one document. */
export class NoEventText extends EventText {
  override of(): string {
    return '';
  }

  override delta(): string {
    return '';
  }
}
