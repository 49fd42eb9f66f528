import { sizeOf } from '../../conversation/reply-size.js';
import { type ReplyEvent } from '../../conversation/reply.js';
import { hasTokens } from '../../conversation/usage-classes.js';
import { type Usage } from '../../conversation/usage.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { InternalError } from '../../errors/server-errors.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { ByteCollector } from '../../protocol/byte-collector.js';
import { excessOf, parseLosslessJson, stringifyJson } from '../../protocol/json.js';
import { type UpstreamFailure } from '../../upstream/failure/upstream-failure.js';
import {
  type AnswerSink,
  type AnswerSource,
  answerTooLong,
  collect,
  eventTooLong,
  streamInterrupted,
} from '../../upstream/response/answer-source.js';
import { DerivedAnswer } from '../../upstream/response/derived-answer.js';
import { isDocument as isLabelledDocument } from '../../upstream/response/response-headers.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type ConversationRequest, type ReplyWriter } from '../ports/dialect.js';
import { type ReplyReader, ReportedFailure, type UpstreamDialect } from '../ports/upstream-dialect.js';
import { type CustomCalls } from './custom-tools.js';
import { MendedEvents } from './mended-events.js';
import { GuessedUsage } from '../counting/guessed-usage.js';
import { holdsDone } from '../openai-chat/done.js';
import { type Names } from '../fields/shape.js';
import { SseBoundary } from '../framing/sse-boundary.js';
import { sseEvents } from '../framing/sse-events.js';
import { readUsage } from '../openai-chat/usage.js';

export interface TranslationOptions {
  /** The format of the service's reply. */
  readonly dialect: UpstreamDialect;
  /** The client's request, whose format the reply is translated to. */
  readonly request: ConversationRequest;
  readonly failure: UpstreamFailure;
  /** Receives the names of what the client's format cannot express. */
  readonly lost: Names;
  /** Whether the request asks for the usage of its stream. */
  readonly asksForUsage: boolean;
  /** Converts calls of functions back into calls of custom tools; undefined: there are none. */
  readonly customCalls: CustomCalls | undefined;
  /** `limits.event`: maximum size of an unfinished event, in bytes. */
  readonly maxEventBytes: number;
  /**
   * `limits.answer`: maximum size of a reply that is requested or arrives as one document, in
   * bytes; of a stream, maximum number of characters of text.
   */
  readonly maxAnswerBytes: number;
}

/** Codes of connection failures before which the whole reply may already have arrived. */
const LATE: ReadonlySet<string | null> = new Set(['idle_timeout', 'total_timeout', 'upstream_unreachable']);

/** A response of a service that is translated to the client's format while it arrives. */
export class ReplyTranslation extends DerivedAnswer implements AnswerSink {
  #usage: Usage | undefined;
  #sink!: AnswerSink;
  /** Undefined if the client wants one document. */
  readonly #writer: ReplyWriter | undefined;
  readonly #events: ReplyEvent[] = [];
  readonly #mended = new MendedEvents();
  readonly #guess: GuessedUsage;
  readonly #boundary = new SseBoundary();
  readonly #document = new ByteCollector();
  #length = 0;
  /** Size of the reply so far. */
  #size = 0;
  #isOver = false;
  #isEnding = false;

  /** @param reader undefined for a response that is one document */
  constructor(
    answer: AnswerSource,
    private readonly sent: UpstreamRequest,
    private readonly options: TranslationOptions,
    private readonly reader: ReplyReader | undefined,
  ) {
    const { request } = options;
    // A document can fail before the first event is written; its content type makes routing wait
    // for that.
    const isDocument = !request.isStream || isLabelledDocument(answer.headers['content-type']);
    super(answer, isDocument ? 'application/json' : 'text/event-stream');
    this.#writer = request.isStream ? request.dialect.writer(request) : undefined;
    this.#guess = new GuessedUsage(request);
  }

  override get usage(): Usage | undefined {
    return this.#usage;
  }

  readTo(sink: AnswerSink): void {
    this.#sink = sink;
    this.answer.readTo(this);
  }

  override readAll(limitBytes: number): Promise<Buffer> {
    return collect(this, limitBytes);
  }

  override done(): void {
    this.#isOver = true;
    this.answer.done();
  }

  override abort(reason: GatewayError): void {
    this.answer.abort(reason);
    this.#fail(reason);
  }

  onData(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    const { maxEventBytes, maxAnswerBytes } = this.options;
    this.#length += chunk.length;
    const isHeld = this.reader === undefined || this.#writer === undefined;
    if (isHeld) this.answer.firstByte();
    if (isHeld && this.#length > maxAnswerBytes) this.abort(answerTooLong(maxAnswerBytes));
    else if (this.reader === undefined) this.#document.append(chunk);
    else {
      const complete = this.#boundary.push(chunk);
      if (holdsDone(this.#boundary)) {
        if (complete !== undefined) this.#read(complete);
        return this.#isOver || this.#read(this.#boundary.rest());
      }
      if (complete !== undefined) return this.#read(complete);
      if (this.#boundary.heldLength > maxEventBytes) this.abort(eventTooLong(maxEventBytes));
    }
    return true;
  }

  onEnd(): void {
    if (this.#isOver) return;
    this.#attempt(() => {
      if (this.reader === undefined) this.#say(this.#readDocument());
      else {
        // The last event may lack its empty line; one that cannot be read was cut off.
        this.#isEnding = true;
        this.#read(this.#boundary.rest());
        this.#isEnding = false;
        if (!this.#isOver) this.#say(this.reader.end());
      }
      if (!this.#isOver) this.#end();
    });
  }

  onError(error: GatewayError): void {
    const last = LATE.has(error.code) && !this.#isOver ? this.#lastEvents() : undefined;
    if (last === undefined) return this.#fail(error);
    this.#attempt(() => {
      this.#say(last);
      if (!this.#isOver) this.#end();
    });
  }

  /**
   * The events that end the reply, if nothing of it can be missing although its connection did not
   * end.
   */
  #lastEvents(): readonly ReplyEvent[] | undefined {
    try {
      return this.reader?.end();
    } catch {
      return undefined;
    }
  }

  /**
   * @param complete complete events
   * @returns whether the client has room for more
   */
  #read(complete: Buffer): boolean {
    let hasRoom = true;
    this.#attempt(() => {
      const { reader } = this;
      let news: ReplyEvent[] | undefined;
      try {
        for (const event of sseEvents(complete.toString())) {
          const said = reader!.read(event);
          if (said.length > 0) news = news === undefined ? [...said] : [...news, ...said];
          if (reader!.isDone) break;
        }
      } finally {
        // Events before an error are still written.
        if (news !== undefined) hasRoom = this.#say(news);
      }
      if (!reader!.isDone || this.#isOver) return;
      this.#end();
      this.answer.done();
    });
    return hasRoom;
  }

  #say(events: readonly ReplyEvent[]): boolean {
    const { customCalls, lost, request, maxAnswerBytes } = this.options;
    const { dialect, model } = request;
    let text = '';
    const said = customCalls === undefined ? events : events.flatMap((event) => customCalls.pass(event));
    for (const each of said) {
      const event = each.kind === 'start' ? { ...each, model } : this.#mended.pass(each);
      if (event === undefined) continue;
      this.#size += sizeOf(event);
      if (this.#size > maxAnswerBytes) throw answerTooLong(maxAnswerBytes);
      if (event.kind === 'usage' && !this.#knows(event.counts)) continue;
      if (event.kind === 'finish' || event.kind === 'citation')
        for (const name of dialect.loses?.(event) ?? []) lost.add(name);
      this.#guess.note(event);
      if (event.kind === 'end' && this.#usage === undefined) text += this.#write(this.#guessed());
      text += this.#write(event);
    }
    return text === '' || this.#isOver || this.#sink.onData(Buffer.from(text));
  }

  #write(event: ReplyEvent | undefined): string {
    if (event === undefined) return '';
    if (this.#writer !== undefined) return this.#writer.write(event);
    this.#events.push(event);
    return '';
  }

  /**
   * Stores the usage in these counts. Services that do not count send zeros, which are no usage.
   * @returns whether the counts are usage
   */
  #knows(counts: Readonly<Record<string, unknown>>): boolean {
    const usage = readUsage(counts);
    if (usage === undefined || !hasTokens(usage)) return false;
    this.#usage = usage;
    return true;
  }

  /**
   * An estimate of the usage, because clients of translated formats expect usage in every reply.
   */
  #guessed(): ReplyEvent | undefined {
    const event = this.#guess.event();
    if (event?.kind === 'usage') this.#usage = readUsage(event.counts);
    return event;
  }

  #readDocument(): readonly ReplyEvent[] {
    const bytes = this.#document.take();
    const value = parseLosslessJson(bytes.toString());
    if (value !== undefined) return this.options.dialect.read(value, this.options.lost);
    throw new UpstreamError(
      'upstream_invalid_response',
      `The upstream's answer ${excessOf(bytes) ?? 'is not a JSON object'}.`,
      { upstreamStatus: this.status },
    );
  }

  #end(): void {
    const { request } = this.options;
    if (this.#writer === undefined)
      this.#sink.onData(Buffer.from(stringifyJson(request.dialect.document(this.#events, request))));
    this.#isOver = true;
    this.#sink.onEnd();
  }

  /** Runs `work`, and turns anything that it throws into the failure of the response. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      const failure = this.#failureOf(error);
      this.answer.abort(failure);
      this.#fail(failure);
    }
  }

  #failureOf(error: unknown): GatewayError {
    if (error instanceof GatewayError)
      return this.#isEnding && error.code === 'upstream_invalid_response' ? streamInterrupted(error) : error;
    if (!(error instanceof ReportedFailure)) return new InternalError(error);
    this.#usage ??= this.options.dialect.failedUsage?.(error.document);
    return this.options.failure.fromError(
      error.error,
      this.sent,
      undefined,
      this.answer.headers,
      error.document,
    );
  }

  #fail(error: GatewayError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.onError(error);
  }
}
