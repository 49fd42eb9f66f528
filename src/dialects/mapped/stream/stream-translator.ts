import { type ReplyEvent, type ToolCallPiece } from '../../../conversation/reply.js';
import { type ReplyWriter } from '../../ports/dialect.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { reportedError } from '../../../protocol/errors/error-shape.js';
import { readFinishReason } from '../../openai-chat/finish-reason.js';
import { type JsonObject, isJsonObject, stringifyJson } from '../../../protocol/json.js';
import { type ChatRequest } from '../../openai-chat/request/chat-request.js';
import { ToolCalls } from '../../openai-chat/gathering/tool-calls.js';
import { type ToolCall, newCallId } from '../../openai-chat/gathering/tool-call.js';
import { type AnswerExpressions } from '../response/response-expressions.js';
import { type StreamFormat } from '../response/response-mapping.config.js';
import { type AnswerFault, faultOf, readFault, readParts, saysNothing } from '../response/answer-parts.js';
import { finishReasonOf } from '../../openai-chat/writing/completion.js';
import { type NamedExpression, type Scope } from '../named-expression.js';
import { TextSample } from '../../counting/text-sample.js';
import { isDone } from '../../openai-chat/done.js';
import { MendedEvents } from '../../translating/mended-events.js';

/** How to read a model's streams. */
export interface StreamMapping {
  readonly expressions: AnswerExpressions;
  readonly done: NamedExpression | undefined;
  readonly isWholeText: boolean;
  readonly format: StreamFormat;
}

/** Translates the events of one stream to reply events, and writes those as they arrive. */
export class StreamTranslator {
  /** Whether the event that ends the stream has arrived. */
  isDone = false;
  hasEvents = false;
  /** The service's own counts. */
  usage: JsonObject | undefined;
  readonly sample = new TextSample();
  readonly #writer: ReplyWriter;
  readonly #mended = new MendedEvents();
  #hasBegun = false;
  #finishReason: string | undefined;
  #id: string | undefined;
  readonly #toolCalls = new ToolCalls();
  /** The parts of each call that the client has received. */
  readonly #saidCalls = new Map<ToolCall, { readonly name: string | undefined; readonly text: string }>();
  /** How many characters of a repeated, complete text the client has received. */
  readonly #sent = { text: 0, reasoning: 0 };
  /** The latest version of everything that is only sent at the end. */
  readonly #atEnd: { text?: string; reasoning?: string; toolCalls?: readonly JsonObject[] } = {};

  constructor(
    private readonly mapping: StreamMapping,
    private readonly chat: ChatRequest,
    private readonly scope: Scope,
    /** Creates the error of the call for an error event. */
    private readonly toFailure: (fault: AnswerFault) => Error,
  ) {
    this.#writer = chat.dialect.writer(chat);
  }

  /**
   * @returns the bytes for the client; empty for an event without content for it
   * @throws MappingError, and the error that the event reports
   */
  async translate(input: unknown): Promise<string> {
    const { expressions, done, format } = this.mapping;
    this.hasEvents = true;
    const said = isJsonObject(input) ? input['data'] : undefined;
    if (done === undefined && typeof said === 'string' && isDone(said)) {
      this.isDone = true;
      return '';
    }
    const fault = await readFault(expressions, input, this.scope);
    if (fault !== undefined) throw this.toFailure(fault);
    const parts = await readParts(expressions, input, this.scope);
    const error = expressions.error === undefined && saysNothing(parts) ? this.#reported(input) : undefined;
    if (error !== undefined) throw this.toFailure({ error, status: undefined });
    this.#finishReason = readFinishReason(parts.finishReason) ?? this.#finishReason;
    this.usage = parts.usage ?? this.usage;
    this.#id ??= parts.id;
    const text = expressions.text === undefined && format === 'text' ? (input as string) : parts.text;
    const chunks =
      this.#say('reasoning', parts.reasoning) + this.#say('text', text) + this.#call(parts.toolCalls);
    if (done !== undefined && faultOf(await done.evaluate(input, this.scope)) !== undefined)
      this.isDone = true;
    return chunks;
  }

  /** The error in an event that the mapping does not read. */
  #reported(input: unknown): unknown {
    if (this.mapping.format !== 'sse') return reportedError(input);
    const { event, data } = input as { readonly event?: string; readonly data: unknown };
    return reportedError(data, event);
  }

  /** The end of the reply, except for its usage. */
  finish(): string {
    const { text, reasoning, toolCalls: calls } = this.#atEnd;
    const late =
      (reasoning === undefined ? '' : this.#write({ kind: 'reasoning', delta: reasoning })) +
      (text === undefined ? '' : this.#write({ kind: 'text', delta: text })) +
      (calls === undefined ? '' : this.#write({ kind: 'tool-calls', pieces: this.#numbered(calls) }));
    this.#checkCalls();
    const reason = finishReasonOf(this.#finishReason, !this.#toolCalls.isEmpty);
    return late + this.#write({ kind: 'finish', reason });
  }

  /** The end of the stream, with the usage. */
  end(counts: JsonObject | undefined): string {
    const usage = counts === undefined ? '' : this.#write({ kind: 'usage', counts });
    return usage + this.#write({ kind: 'end' });
  }

  #say(kind: 'text' | 'reasoning', text: string | undefined): string {
    if (text === undefined || text === '') return '';
    if (!this.mapping.isWholeText) {
      this.sample.add(text);
      return this.#write({ kind, delta: text });
    }
    // A plain response can still follow a service's later corrections. A stream cannot take back
    // what was sent, so a correction only affects the text after that.
    if (!this.chat.isStream) this.#atEnd[kind] = text;
    const news = text.slice(this.#sent[kind]);
    if (news === '') return '';
    this.#sent[kind] = text.length;
    this.sample.add(news);
    return this.chat.isStream ? this.#write({ kind, delta: news }) : '';
  }

  #call(calls: readonly JsonObject[] | undefined): string {
    if (calls === undefined) return '';
    if (!this.mapping.isWholeText) return this.#write({ kind: 'tool-calls', pieces: this.#numbered(calls) });
    this.#atEnd.toolCalls = calls;
    return '';
  }

  /** OpenAI's format gives each call its own index, and its id and name only in the first piece. */
  #numbered(entries: readonly JsonObject[]): ToolCallPiece[] {
    const calls = this.#toolCalls.add(entries);
    return entries.map((entry, at) => {
      const call = calls[at]!;
      const { name, arguments: text = '' } = entry['function'] as { name?: string; arguments?: string };
      this.sample.add(stringifyJson(entry['function']));
      const said = this.#saidCalls.get(call);
      const isNamed = name !== undefined && said?.name === undefined;
      call.id ??= newCallId();
      this.#saidCalls.set(call, { name: said?.name ?? name, text: (said?.text ?? '') + text });
      return {
        index: this.#toolCalls.positionOf(call),
        ...(said === undefined && { id: call.id, type: call.type ?? call.kind }),
        ...(isNamed && { name }),
        arguments: text,
      };
    });
  }

  /** A stream cannot take back what was sent, so it fails if the calls now mean something else. */
  #checkCalls(): void {
    const meant = this.#toolCalls.build();
    if (!this.chat.isStream) return;
    for (const [call, said] of this.#saidCalls) {
      const meantCall = meant.find(({ id }) => id === call.id);
      const { name, arguments: text } = (meantCall?.['function'] ?? {}) as Record<string, unknown>;
      if (name === said.name && (text === said.text || said.text === '')) continue;
      throw new UpstreamError(
        'upstream_invalid_response',
        "The upstream's stream repeats or corrects a tool call that was already passed on.",
      );
    }
  }

  #write(said: ReplyEvent): string {
    const event = this.#mended.pass(said);
    if (event === undefined) return '';
    if (this.#hasBegun) return this.#writer.write(event);
    this.#hasBegun = true;
    const start = this.#writer.write({ kind: 'start', model: this.chat.model, id: this.#id });
    return start + this.#writer.write(event);
  }
}
