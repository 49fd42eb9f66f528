import { type JsonObject } from '../../../protocol/json.js';
import { type Citation } from '../../../conversation/reply.js';
import { urlCitation } from '../../translating/url-citation.js';
import { type EventText } from './event-text.js';

interface Ended {
  readonly text: string;
  readonly item: JsonObject;
}

const PARTS = {
  text: {
    type: 'output_text',
    field: 'text',
    extra: { logprobs: [] },
    // Part of the events of deltas; the event of the whole text has the same field.
    extraJson: ',"logprobs":[]',
    delta: 'response.output_text.delta',
    done: 'response.output_text.done',
  },
  refusal: {
    type: 'refusal',
    field: 'refusal',
    extra: {},
    extraJson: '',
    delta: 'response.refusal.delta',
    done: 'response.refusal.done',
  },
} as const;

/** A message that is being written, with a part for each block of text and for a refusal. */
export class OutputMessage {
  readonly #parts: JsonObject[] = [];
  #kind: 'text' | 'refusal' | undefined;
  #words = '';
  #place = '';
  /** The citations of the open part. */
  #annotations: JsonObject[] = [];

  constructor(
    readonly id: string,
    readonly index: number,
  ) {}

  /** Whether a part of text is open. */
  get hasText(): boolean {
    return this.#kind === 'text';
  }

  begin(events: EventText): string {
    return events.of('response.output_item.added', {
      output_index: this.index,
      item: this.#item('in_progress'),
    });
  }

  add(kind: 'text' | 'refusal', delta: string, events: EventText): string {
    let text = '';
    if (kind !== this.#kind) {
      text = this.#endPart(events);
      this.#kind = kind;
      const { extraJson } = PARTS[kind];
      this.#place = `"item_id":"${this.id}","output_index":${this.index},"content_index":${this.#parts.length}${extraJson}`;
      text += events.of('response.content_part.added', { ...this.#at, part: this.#part });
    }
    this.#words += delta;
    return delta === '' ? text : text + events.delta(PARTS[kind].delta, this.#place, delta);
  }

  /**
   * Adds a citation of the open text.
   * @param said length of the reply's whole text so far
   */
  cite(citation: Citation, said: number, events: EventText): string {
    const annotation_index = this.#annotations.length;
    const annotation = { type: 'url_citation', ...urlCitation(citation, said - this.#words.length) };
    this.#annotations.push(annotation);
    return events.of('response.output_text.annotation.added', { ...this.#at, annotation_index, annotation });
  }

  end(isCut: boolean, events: EventText): Ended {
    const text = this.#endPart(events);
    const item = this.#item(isCut ? 'incomplete' : 'completed');
    return {
      text: text + events.of('response.output_item.done', { output_index: this.index, item }),
      item,
    };
  }

  get #at(): JsonObject {
    return { item_id: this.id, output_index: this.index, content_index: this.#parts.length };
  }

  get #part(): JsonObject {
    const { type, field, extra } = PARTS[this.#kind!];
    const cited = type === 'output_text' ? { annotations: [...this.#annotations] } : {};
    return { type, [field]: this.#words, ...cited, ...extra };
  }

  #item(status: string): JsonObject {
    return { id: this.id, type: 'message', role: 'assistant', status, content: [...this.#parts] };
  }

  #endPart(events: EventText): string {
    if (this.#kind === undefined) return '';
    const { field, done } = PARTS[this.#kind];
    const logprobs = this.#kind === 'text' ? { logprobs: [] } : {};
    const part = this.#part;
    const text =
      events.of(done, { ...this.#at, [field]: this.#words, ...logprobs }) +
      events.of('response.content_part.done', { ...this.#at, part });
    this.#parts.push(part);
    this.#kind = undefined;
    this.#words = '';
    this.#annotations = [];
    return text;
  }
}

/**
 * The model's reasoning while it arrives, written as a summary, because that is what clients show.
 */
export class OutputReasoning {
  #words = '';
  readonly #place: string;

  constructor(
    readonly id: string,
    readonly index: number,
  ) {
    this.#place = `"item_id":"${id}","output_index":${index},"summary_index":0`;
  }

  begin(events: EventText): string {
    return (
      events.of('response.output_item.added', {
        output_index: this.index,
        item: this.#item([], 'in_progress'),
      }) + events.of('response.reasoning_summary_part.added', { ...this.#at, part: this.#part })
    );
  }

  add(delta: string, events: EventText): string {
    this.#words += delta;
    return events.delta('response.reasoning_summary_text.delta', this.#place, delta);
  }

  /** @param sealed the data that the client is to send again in later turns */
  end(isCut: boolean, sealed: string | undefined, events: EventText): Ended {
    const part = this.#part;
    const item = {
      ...this.#item([part], isCut ? 'incomplete' : 'completed'),
      ...(sealed !== undefined && { encrypted_content: sealed }),
    };
    const text =
      events.of('response.reasoning_summary_text.done', { ...this.#at, text: this.#words }) +
      events.of('response.reasoning_summary_part.done', { ...this.#at, part }) +
      events.of('response.output_item.done', { output_index: this.index, item });
    return { text, item };
  }

  get #at(): JsonObject {
    return { item_id: this.id, output_index: this.index, summary_index: 0 };
  }

  get #part(): JsonObject {
    return { type: 'summary_text', text: this.#words };
  }

  #item(summary: readonly JsonObject[], status: string): JsonObject {
    return { id: this.id, type: 'reasoning', summary, status };
  }
}

/** Opaque reasoning without text. */
export function sealedReasoning(id: string, index: number, sealed: string, events: EventText): Ended {
  const item = { id, type: 'reasoning', summary: [], encrypted_content: sealed, status: 'completed' };
  const text =
    events.of('response.output_item.added', {
      output_index: index,
      item: { id, type: 'reasoning', summary: [], status: 'in_progress' },
    }) + events.of('response.output_item.done', { output_index: index, item });
  return { text, item };
}
