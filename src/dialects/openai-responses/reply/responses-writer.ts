import { type Seal } from '../../../conversation/prompt.js';
import { type Citation, type ReplyEvent, type ToolCallPiece } from '../../../conversation/reply.js';
import { type JsonObject } from '../../../protocol/json.js';
import { type ClientRequest, type ReplyWriter } from '../../ports/dialect.js';
import { sealToText } from '../../translating/seals.js';
import { OPENAI_RESPONSES_NAME } from '../name.js';
import { declaredTools } from '../request/declared-tools.js';
import { type ToolNames } from '../request/tool-names.js';
import { responseUsage } from '../usage.js';
import { EventText, NoEventText } from './event-text.js';
import { type CallPlace, OutputCall } from './output-call.js';
import { OutputMessage, OutputReasoning, sealedReasoning } from './output-message.js';
import {
  type ResponseHead,
  documentOf,
  newId,
  responseHead,
  responseOf,
  unixSeconds,
  wantsSeals,
} from './response-head.js';

/** Why a response is incomplete, by finish reason of OpenAI's chat. */
const INCOMPLETE: Readonly<Record<string, string>> = {
  length: 'max_output_tokens',
  max_tokens: 'max_output_tokens',
  content_filter: 'content_filter',
};

/**
 * Writes a reply as the events of a response, in the order that clients expect, and collects the
 * output. Wire format: https://platform.openai.com/docs/api-reference/responses-streaming
 */
export class ResponsesWriter implements ReplyWriter {
  readonly #names: ToolNames;
  readonly #wantsSeals: boolean;
  #head: ResponseHead | undefined;
  #isOver = false;
  /** By position. */
  readonly #output: JsonObject[] = [];
  #count = 0;
  #open: OutputMessage | OutputReasoning | undefined;
  readonly #calls = new Map<number, OutputCall>();
  /** Calls whose name has not arrived yet. */
  readonly #unnamed = new Map<number, { id?: string; type?: string; text: string }>();
  readonly #callIds = new Set<string>();
  /** The call to which the last piece belonged, unless text followed. */
  #lastCall: OutputCall | undefined;
  #hasRefused = false;
  #textLength = 0;
  #finish: Extract<ReplyEvent, { readonly kind: 'finish' }> | undefined;
  #counts: Readonly<Record<string, unknown>> | undefined;
  #response: JsonObject | undefined;

  private constructor(
    private readonly request: ClientRequest,
    private readonly events: EventText,
  ) {
    const document = documentOf(request);
    this.#names = declaredTools(document).names;
    this.#wantsSeals = wantsSeals(document);
  }

  static ofStream(request: ClientRequest): ResponsesWriter {
    return new ResponsesWriter(request, new EventText());
  }

  /** @returns the complete response that the events mean */
  static document(events: readonly ReplyEvent[], request: ClientRequest): JsonObject {
    const writer = new ResponsesWriter(request, new NoEventText());
    for (const event of events) writer.write(event);
    writer.write({ kind: 'end' });
    return writer.#response!;
  }

  write(event: ReplyEvent): string {
    if (this.#isOver) return '';
    if (event.kind === 'start') return this.#start(event.model, event.id);
    // Every stream begins with `response.created`.
    return this.#start(this.request.model, undefined) + this.#write(event);
  }

  #start(model: string, id: string | undefined): string {
    if (this.#head !== undefined) return '';
    this.#head = responseHead(model, id);
    if (this.events instanceof NoEventText) return '';
    const response = responseOf(this.#head, documentOf(this.request));
    return (
      this.events.of('response.created', { response }) + this.events.of('response.in_progress', { response })
    );
  }

  #write(event: Exclude<ReplyEvent, { kind: 'start' }>): string {
    switch (event.kind) {
      case 'text':
      case 'refusal':
        return event.delta === '' ? '' : this.#words(event.kind, event.delta);
      case 'reasoning':
        return event.delta === '' ? '' : this.#thought(event.delta);
      case 'seal':
        return this.#seal(event.seal);
      case 'tool-calls':
        return event.pieces.map((piece) => this.#piece(piece)).join('');
      case 'citation':
        return this.#cite(event.citation);
      case 'finish':
        this.#finish = event;
        return '';
      case 'usage':
        this.#counts = event.counts;
        return '';
      case 'end':
        return this.#end();
    }
  }

  /** A citation after anything but text gets a message of its own. */
  #cite(citation: Citation): string {
    const begun = this.#open instanceof OutputMessage && this.#open.hasText ? '' : this.#words('text', '');
    return begun + (this.#open as OutputMessage).cite(citation, this.#textLength, this.events);
  }

  #words(kind: 'text' | 'refusal', delta: string): string {
    this.#lastCall = undefined;
    if (kind === 'text') this.#textLength += delta.length;
    this.#hasRefused ||= kind === 'refusal';
    if (this.#open instanceof OutputMessage) return this.#open.add(kind, delta, this.events);
    const ended = this.#endOpen(false);
    const message = new OutputMessage(...this.#next('msg'));
    this.#open = message;
    return ended + message.begin(this.events) + message.add(kind, delta, this.events);
  }

  #thought(delta: string): string {
    this.#lastCall = undefined;
    if (this.#open instanceof OutputReasoning) return this.#open.add(delta, this.events);
    const ended = this.#endOpen(false);
    const reasoning = new OutputReasoning(...this.#next('rs'));
    this.#open = reasoning;
    return ended + reasoning.begin(this.events) + reasoning.add(delta, this.events);
  }

  #seal(seal: Seal): string {
    if (!this.#wantsSeals) return this.#open instanceof OutputReasoning ? this.#endOpen(false) : '';
    const sealed = sealToText(seal, OPENAI_RESPONSES_NAME);
    if (this.#open instanceof OutputReasoning) return this.#endOpen(false, sealed);
    return this.#endOpen(false) + this.#sealedItem(sealed);
  }

  #sealedItem(sealed: string): string {
    const [id, index] = this.#next('rs');
    const { text, item } = sealedReasoning(id, index, sealed, this.events);
    this.#output[index] = item;
    return text;
  }

  #piece({ index, id, type, name, arguments: text, seal }: ToolCallPiece): string {
    const known = this.#calls.get(index);
    if (known !== undefined) {
      this.#lastCall = known;
      return this.#sealOfCall(known, seal) + known.add(text, this.events, this.#begin);
    }
    const waiting = this.#unnamed.get(index);
    const first = { id: id ?? waiting?.id, type: type ?? waiting?.type, text: (waiting?.text ?? '') + text };
    if (name === undefined || name === '') {
      this.#unnamed.set(index, first);
      return '';
    }
    this.#unnamed.delete(index);
    return this.#beginCall(index, name, first, seal);
  }

  #beginCall(
    index: number,
    name: string,
    { id, type, text }: { id?: string; type?: string; text: string },
    seal?: Seal,
  ): string {
    const ended = this.#endOpen(false);
    const declared = this.#names.toolOf(name);
    const isFreeText = type === 'custom';
    const tool =
      isFreeText && declared.kind === 'function' ? { ...declared, kind: 'custom' as const } : declared;
    const call = new OutputCall(this.#callId(id), tool, isFreeText);
    this.#calls.set(index, call);
    this.#lastCall = call;
    return ended + this.#sealOfCall(call, seal) + call.add(text, this.events, this.#begin);
  }

  /** Calls have no field for it, so it is written before or after its call, and names the call. */
  #sealOfCall(call: OutputCall, seal: Seal | undefined): string {
    if (seal === undefined || !this.#wantsSeals) return '';
    const value = { call: call.id, seal: { ...seal } };
    return this.#sealedItem(sealToText({ dialect: OPENAI_RESPONSES_NAME, value }, OPENAI_RESPONSES_NAME));
  }

  /** Clients tell calls apart by their ids, which some services repeat or omit. */
  #callId(id: string | undefined): string {
    let unique = id === undefined || id === '' ? newId('call') : id;
    if (this.#callIds.has(unique)) unique = newId('call');
    this.#callIds.add(unique);
    return unique;
  }

  readonly #begin = (prefix: string): CallPlace => {
    const [id, index] = this.#next(prefix);
    return { id, index };
  };

  #next(prefix: string): [id: string, index: number] {
    const index = this.#count++;
    return [`${prefix}_${this.#head!.id.slice('resp_'.length)}_${index}`, index];
  }

  #endOpen(isCut: boolean, sealed?: string): string {
    const open = this.#open;
    if (open === undefined) return '';
    this.#open = undefined;
    const { text, item } =
      open instanceof OutputMessage ? open.end(isCut, this.events) : open.end(isCut, sealed, this.events);
    this.#output[open.index] = item;
    return text;
  }

  #end(): string {
    const { reason = 'stop', explanation } = this.#finish ?? {};
    const why = INCOMPLETE[reason];
    const isCut = why !== undefined;
    // If the reply has no other text, the service's explanation of a refusal is its text.
    let text =
      explanation !== undefined && explanation !== '' && !this.#hasRefused
        ? this.#words('refusal', explanation)
        : '';
    for (const [index, first] of this.#unnamed) text += this.#beginCall(index, '', first);
    text += this.#endOpen(isCut && this.#lastCall === undefined);
    for (const call of this.#calls.values()) {
      const {
        text: rest,
        index,
        item,
      } = call.end(isCut && call === this.#lastCall, this.events, this.#begin);
      this.#output[index] = item;
      text += rest;
    }
    this.#isOver = true;
    const response = {
      ...responseOf(this.#head!, documentOf(this.request)),
      status: isCut ? 'incomplete' : 'completed',
      completed_at: isCut ? null : unixSeconds(),
      incomplete_details: isCut ? { reason: why } : null,
      output: this.#output,
      usage: responseUsage(this.#counts),
    };
    this.#response = response;
    return text + this.events.of(isCut ? 'response.incomplete' : 'response.completed', { response });
  }
}
