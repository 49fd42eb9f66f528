import { type JsonObject, isJsonObject } from '../protocol/json.js';
import { type ChatRequest } from '../protocol/chat-request.js';
import { SSE_DONE } from '../protocol/sse-data.js';
import { type AnswerExpressions } from './answer-expressions.js';
import { type StreamFormat } from './answer-mapping.config.js';
import { type AnswerFault, faultOf, readFault, readParts } from './answer-parts.js';
import { ChunkWriter } from './chunk-writer.js';
import { answerHead, finishReasonOf } from './completion.js';
import { type NamedExpression, type Scope } from './named-expression.js';
import { TextSample } from './usage-estimate.js';

/** How a model's streams are read. */
export interface StreamMapping {
  readonly expressions: AnswerExpressions;
  readonly done: NamedExpression | undefined;
  readonly isWholeText: boolean;
  readonly format: StreamFormat;
}

/** Says the events of one stream as `chat.completion.chunk` events, one by one. */
export class StreamTranslator {
  /** The event that ends the stream has come. */
  isDone = false;
  hasEvents = false;
  /** The service's own counts. */
  usage: JsonObject | undefined;
  readonly sample = new TextSample();
  #writer: ChunkWriter | undefined;
  #finishReason: string | undefined;
  #id: string | undefined;
  #toolCallCount = 0;
  /** What events that repeat the whole have said so far, in characters. */
  readonly #sent = { content: 0, reasoning_content: 0 };
  /** The latest whole of what is said at the end only. */
  readonly #atEnd: { content?: string; reasoning_content?: string; tool_calls?: readonly JsonObject[] } = {};

  constructor(
    private readonly mapping: StreamMapping,
    private readonly chat: ChatRequest,
    private readonly scope: Scope,
    /** The failed call that an error event means. */
    private readonly toFailure: (fault: AnswerFault) => Error,
  ) {}

  /**
   * @returns chunks for the caller; empty for an event that has nothing for it
   * @throws MappingError, and the error that the event tells of
   */
  async translate(input: unknown): Promise<string> {
    const { expressions, done, format } = this.mapping;
    this.hasEvents = true;
    if (done === undefined && isJsonObject(input) && input['data'] === '[DONE]') {
      this.isDone = true;
      return '';
    }
    const fault = await readFault(expressions, input, this.scope);
    if (fault !== undefined) throw this.toFailure(fault);
    const parts = await readParts(expressions, input, this.scope);
    this.#finishReason = parts.finishReason || this.#finishReason;
    this.usage = parts.usage ?? this.usage;
    this.#id ??= parts.id;
    const text = expressions.text === undefined && format === 'text' ? (input as string) : parts.text;
    const chunks =
      this.#say('reasoning_content', parts.reasoning) +
      this.#say('content', text) +
      this.#call(parts.toolCalls);
    if (done !== undefined && faultOf(await done.evaluate(input, this.scope)) !== undefined)
      this.isDone = true;
    return chunks;
  }

  /** The chunks that end a stream, before its usage. */
  finish(): string {
    const { content, reasoning_content: reasoning, tool_calls: calls } = this.#atEnd;
    const late =
      (reasoning === undefined ? '' : this.#delta({ reasoning_content: reasoning })) +
      (content === undefined ? '' : this.#delta({ content })) +
      (calls === undefined ? '' : this.#delta({ tool_calls: this.#numbered(calls) }));
    return late + this.#chunks().finish(finishReasonOf(this.#finishReason, this.#toolCallCount > 0));
  }

  /** The very last of it. */
  end(usage: unknown): string {
    return this.#chunks().usage(usage) + SSE_DONE;
  }

  #say(field: 'content' | 'reasoning_content', text: string | undefined): string {
    if (text === undefined || text === '') return '';
    if (!this.mapping.isWholeText) {
      this.sample.add(text);
      return this.#delta({ [field]: text });
    }
    // A plain answer can still have what a service corrected later; what was streamed cannot be taken back, so a
    // corrected text is only followed where it goes on beyond what the caller has.
    if (!this.chat.isStream) this.#atEnd[field] = text;
    const news = text.slice(this.#sent[field]);
    if (news === '') return '';
    this.#sent[field] = text.length;
    this.sample.add(news);
    return this.chat.isStream ? this.#delta({ [field]: news }) : '';
  }

  #call(calls: readonly JsonObject[] | undefined): string {
    if (calls === undefined) return '';
    if (!this.mapping.isWholeText) return this.#delta({ tool_calls: this.#numbered(calls) });
    this.#atEnd.tool_calls = calls;
    return '';
  }

  /** In a delta each call tells its position; those that come without one are whole, one after the other. */
  #numbered(calls: readonly JsonObject[]): JsonObject[] {
    return calls.map((call) => {
      this.sample.add(JSON.stringify(call['function']));
      const index = typeof call['index'] === 'number' ? call['index'] : this.#toolCallCount;
      this.#toolCallCount = Math.max(this.#toolCallCount, index + 1);
      return { ...call, index };
    });
  }

  #delta(delta: JsonObject): string {
    return this.#chunks().delta(delta);
  }

  #chunks(): ChunkWriter {
    return (this.#writer ??= new ChunkWriter(
      answerHead(this.chat.model, this.#id),
      !this.chat.isStream || this.chat.wantsUsage,
    ));
  }
}
