import { Logger } from '@nestjs/common';
import { EvaluatorsBusyError } from '../../errors/caller-errors.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { InternalError } from '../../errors/server-errors.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { ExpressionError, InputError } from '../../expressions/expression.js';
import { type ChatRequest } from '../openai-chat/request/chat-request.js';
import { stringifyJson } from '../../protocol/json.js';
import { type FurtherRequests } from '../ports/prepared-call.js';
import { type AnswerSource, BufferedAnswer } from '../../upstream/response/answer-source.js';
import { type BodyKind } from '../../upstream/response/body-kind.js';
import { isHtml, isJson, mediaType } from '../../upstream/response/response-headers.js';
import { type UpstreamFailure } from '../../upstream/failure/upstream-failure.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type AnswerExpressions } from './response/response-expressions.js';
import { type AnswerFault, type AnswerParts, readFault } from './response/answer-parts.js';
import { answerInput, notJson, parseAnswer, readAnswer, wordsOf } from './response/response-input.js';
import { ChosenAnswer } from './response/chosen-answer.js';
import { completionOf } from '../openai-chat/writing/completion.js';
import { withUsage } from '../openai-chat/request/stream-options.js';
import { eventReader } from './stream/event-reader.js';
import { asksForStream, mapRequest } from './request/map-request.js';
import { type CallReader, MappedCall } from './mapped-call.js';
import { MappingError } from './mapping-error.js';
import { type ModelMapping } from './model-mapping.js';
import { type Scope } from './named-expression.js';
import { recordedType } from './response/recorded-type.js';
import { StreamTranslator } from './stream/stream-translator.js';
import { type TokenCounter } from '../counting/token-counter.js';
import { TranslatedDocument } from './response/translated-document.js';
import { TranslatedStream } from './stream/translated-stream.js';
import { TextSample } from '../counting/text-sample.js';
import { estimateUsage } from './response/usage-estimate.js';

/**
 * One model's dialect, as its mapping describes it: requests in the service's format, responses in
 * OpenAI's.
 */
export class MappedDialect implements CallReader {
  readonly #log = new Logger('Mapping');

  constructor(
    readonly mapping: ModelMapping,
    protected readonly failure: UpstreamFailure,
    private readonly counter: TokenCounter,
  ) {}

  /**
   * Builds the table for counting tokens, which takes a second, if some responses have no usage.
   */
  warm(): void {
    const { response, stream } = this.mapping;
    if ([response, stream?.expressions].some((answer) => answer !== undefined && answer.usage === undefined))
      this.counter.warm();
  }

  /**
   * @param base the call in OpenAI's format
   * @param kept the values that the login captured
   * @param asksForUsage whether to ask for the usage of a stream when the client has not
   * @throws UpstreamError if an expression fails
   */
  async prepare(
    base: UpstreamRequest,
    chat: ChatRequest,
    kept: Readonly<Record<string, unknown>>,
    asksForUsage = false,
  ): Promise<MappedCall> {
    try {
      const { response, stream } = this.mapping;
      const isStream = asksForStream(this.mapping, chat);
      const asks = asksForUsage && isStream && !chat.wantsUsage && this.mapping.isOfChat;
      const mapped = await mapRequest(this.mapping, base, chat, kept);
      const request = asks ? { ...mapped, body: withUsage(mapped.body) } : mapped;
      const expressions = isStream ? stream?.expressions : response;
      if (expressions !== undefined && expressions.usage === undefined && showsUsage(chat))
        this.counter.warm();
      return new MappedCall(this, chat, request, isStream, kept, asks);
    } catch (error) {
      throw this.toFailure(error, base, 'mapping_failed');
    }
  }

  /**
   * Translates a recorded response (of several, the last one) like `translate`, but without
   * requests.
   */
  replay(body: Buffer, request: UpstreamRequest, chat: ChatRequest): AnswerSource {
    const format = asksForStream(this.mapping, chat) ? this.mapping.stream?.format : undefined;
    const headers = { 'content-type': recordedType(body, format) };
    const call = new MappedCall(this, chat, request, format !== undefined, {}, false);
    return this.read(new BufferedAnswer(200, headers, body), call);
  }

  translate(answer: AnswerSource, call: MappedCall, _further: FurtherRequests): AnswerSource {
    return this.read(answer, call);
  }

  protected read(answer: AnswerSource, { request, chat }: MappedCall): AnswerSource {
    return new ChosenAnswer(answer, (opened, kind) => this.#readAs(kind, opened, request, chat));
  }

  #readAs(
    kind: BodyKind | undefined,
    answer: AnswerSource,
    request: UpstreamRequest,
    chat: ChatRequest,
  ): AnswerSource {
    const { response, stream } = this.mapping;
    const type = answer.headers['content-type'] ?? '';
    if (stream !== undefined && this.#isStream(type, kind, chat)) return this.#stream(answer, request, chat);
    if (response !== undefined) {
      return new TranslatedDocument(answer, async (body) => {
        try {
          const { bytes } = await this.completion(response, body, answer, request, chat);
          return bytes;
        } catch (error) {
          throw this.toFailure(error, request);
        }
      });
    }
    if (stream === undefined || !asksForStream(this.mapping, chat)) return answer;
    // A document in response to a request for a stream can only be an error.
    return new TranslatedDocument(answer, async (body) => {
      const input = this.#asEvent(parseAnswer(body));
      const fault = await readFault(stream.expressions, input, this.scope(chat, answer)).catch(
        () => undefined,
      );
      if (fault !== undefined) throw this.#faultToFailure(fault, request, answer);
      return body;
    });
  }

  async explain(
    body: unknown,
    answer: Pick<AnswerSource, 'status' | 'headers'>,
    request: UpstreamRequest,
  ): Promise<unknown> {
    const { response, stream } = this.mapping;
    const expressions = response ?? stream?.expressions;
    if (body === undefined || expressions === undefined) return undefined;
    const input = response === undefined ? this.#asEvent(body) : body;
    try {
      return (await readFault(expressions, input, this.scope(undefined, answer)))?.error;
    } catch (error) {
      // The call has failed already; an unreadable error must not hide that.
      this.#logFailure(error, request);
      return undefined;
    }
  }

  /** The chat completion for a document. */
  protected async completion(
    expressions: AnswerExpressions,
    body: Buffer,
    answer: AnswerSource,
    request: UpstreamRequest,
    chat: ChatRequest,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<{ bytes: Buffer; completion: Record<string, unknown> }> {
    const parts = await readAnswer(expressions, answerInput(body), this.scope(chat, answer, more), (fault) =>
      this.#faultToFailure(fault, request, answer),
    );
    const usage = parts.usage ?? (await this.#estimate(chat, sampleOf(parts)));
    const completion = completionOf(parts, chat.model, usage);
    return { completion, bytes: Buffer.from(stringifyJson(completion)) };
  }

  /** @param chat undefined if the call is unknown */
  protected scope(
    chat: ChatRequest | undefined,
    answer: Pick<AnswerSource, 'status' | 'headers'>,
    more: Readonly<Record<string, unknown>> = {},
  ): Scope {
    // New names come first: adding one to a copy takes V8 ten times as long as copying.
    const bindings = { status: answer.status, headers: answer.headers, ...this.mapping.constants, ...more };
    return { bindings, owner: chat?.owner };
  }

  /** Turns anything thrown into the error of the call; the log names an expression that failed. */
  protected toFailure(
    error: unknown,
    request: UpstreamRequest,
    code: 'mapping_failed' | 'upstream_invalid_response' = 'upstream_invalid_response',
  ): GatewayError {
    if (error instanceof GatewayError) return error;
    if (error instanceof InputError) return notJson();
    if (!(error instanceof MappingError)) return new InternalError(error);
    this.#logFailure(error, request);
    if (error.cause instanceof ExpressionError && error.cause.isPassing)
      return new EvaluatorsBusyError(error);
    return new UpstreamError(code, error.message, { cause: error });
  }

  #logFailure(error: unknown, request: UpstreamRequest): void {
    if (!(error instanceof MappingError)) return;
    this.#log.warn({
      message: 'mapping failed',
      model: this.mapping.model.name,
      expression: error.expression,
      reason: error.reason,
      request_id: request.headers['x-request-id'],
    });
  }

  #stream(answer: AnswerSource, request: UpstreamRequest, chat: ChatRequest): AnswerSource {
    answer.streams?.();
    const stream = this.mapping.stream!;
    const translator = new StreamTranslator(stream, chat, this.scope(chat, answer), (fault) =>
      this.#faultToFailure(fault, request, answer),
    );
    return new TranslatedStream(answer, eventReader(stream.format), translator, {
      maxEventBytes: this.mapping.model.limits.event,
      needsDone: stream.done !== undefined,
      estimate: ({ sample }) => this.#estimate(chat, sample),
      toFailure: (error) => this.toFailure(error, request),
    });
  }

  #isStream(contentType: string, kind: BodyKind | undefined, chat: ChatRequest): boolean {
    const { format } = this.mapping.stream!;
    // A plain text may begin with any character.
    if (format !== 'text') {
      if (kind === 'events') return format === 'sse' || asksForStream(this.mapping, chat);
      if (kind === 'json') return format === 'ndjson' && asksForStream(this.mapping, chat);
      if (kind === 'markup') return false;
    }
    if (mediaType(contentType) === 'text/event-stream')
      return format !== 'ndjson' || asksForStream(this.mapping, chat);
    if (!asksForStream(this.mapping, chat) || isHtml(contentType)) return false;
    return format === 'ndjson' || !isJson(contentType);
  }

  /** A document in the form that the expressions of `stream:` expect of an event. */
  #asEvent(document: unknown): unknown {
    return this.mapping.stream?.format === 'sse' ? { data: document } : document;
  }

  #faultToFailure(fault: AnswerFault, request: UpstreamRequest, { headers }: AnswerSource): GatewayError {
    return this.failure.fromError(fault.error, request, fault.status, headers);
  }

  #estimate(chat: ChatRequest, sample: TextSample): Promise<Record<string, unknown> | undefined> {
    if (!showsUsage(chat)) return Promise.resolve(undefined);
    return estimateUsage(this.counter, chat, sample);
  }
}

/**
 * Counting costs more than everything else, so it is done only if the client will see the result.
 */
function showsUsage(chat: ChatRequest): boolean {
  return !chat.isStream || chat.wantsUsage;
}

function sampleOf(parts: AnswerParts): TextSample {
  const sample = new TextSample();
  sample.add(wordsOf(parts));
  return sample;
}
