import { UpstreamError } from '../../../errors/upstream-errors.js';
import { reportedError } from '../../../protocol/error-shape.js';
import { readFinishReason } from '../../openai-chat/finish-reason.js';
import { type JsonObject, isJsonObject, stringifyJson } from '../../../protocol/json.js';
import { type ChatRequest } from '../../openai-chat/chat-request.js';
import { type ToolCall, ToolCalls, newCallId } from '../../openai-chat/gathering/tool-calls.js';
import { type AnswerExpressions } from '../response/response-expressions.js';
import { type StreamFormat } from '../response/response-mapping.config.js';
import { type AnswerFault, faultOf, readFault, readParts, saysNothing } from '../response/answer-parts.js';
import { ChunkWriter } from './chunk-writer.js';
import { answerHead, finishReasonOf } from '../response/completion.js';
import { type NamedExpression, type Scope } from '../named-expression.js';
import { TextSample } from '../response/usage-estimate.js';
import { SSE_DONE, isDone } from '../../openai-chat/done.js';

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
  readonly #toolCalls = new ToolCalls();
  /** What the client has of each call. */
  readonly #saidCalls = new Map<ToolCall, { readonly name: string | undefined; readonly text: string }>();
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
      this.#say('reasoning_content', parts.reasoning) +
      this.#say('content', text) +
      this.#call(parts.toolCalls);
    if (done !== undefined && faultOf(await done.evaluate(input, this.scope)) !== undefined)
      this.isDone = true;
    return chunks;
  }

  /** The error in an event that means nothing to the mapping. */
  #reported(input: unknown): unknown {
    if (this.mapping.format !== 'sse') return reportedError(input);
    const { event, data } = input as { readonly event?: string; readonly data: unknown };
    return reportedError(data, event);
  }

  /** The chunks that end a stream, before its usage. */
  finish(): string {
    const { content, reasoning_content: reasoning, tool_calls: calls } = this.#atEnd;
    const late =
      (reasoning === undefined ? '' : this.#delta({ reasoning_content: reasoning })) +
      (content === undefined ? '' : this.#delta({ content })) +
      (calls === undefined ? '' : this.#delta({ tool_calls: this.#numbered(calls) }));
    this.#checkCalls();
    return late + this.#chunks().finish(finishReasonOf(this.#finishReason, !this.#toolCalls.isEmpty));
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

  /** In the format each call has a position of its own, and its id and name in its first piece only. */
  #numbered(entries: readonly JsonObject[]): JsonObject[] {
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
        function: { ...(isNamed && { name }), arguments: text },
      };
    });
  }

  /** What was streamed cannot be taken back: where the calls mean something else, the stream fails. */
  #checkCalls(): void {
    const meant = this.#toolCalls.build();
    if (!this.chat.isStream) return;
    for (const [call, said] of this.#saidCalls) {
      const meantCall = meant.find(({ id }) => id === call.id);
      const { name, arguments: text } = (meantCall?.['function'] ?? {}) as Record<string, unknown>;
      if (name === said.name && (text === said.text || said.text === '')) continue;
      throw new UpstreamError(
        'upstream_invalid_response',
        "The upstream's stream repeats or corrects what it said of a tool call.",
      );
    }
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
