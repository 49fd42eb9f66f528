import { type GatewayError } from '../../../errors/gateway-error.js';
import { UpstreamError } from '../../../errors/upstream-errors.js';
import { LargeInput } from '../../../expressions/large-input.js';
import { reportedError } from '../../../protocol/error-shape.js';
import { completionToStream } from '../../openai-chat/completion-stream.js';
import { readUsage } from '../../openai-chat/usage.js';
import { type ChatRequest } from '../../openai-chat/chat-request.js';
import { type FurtherCalls } from '../../answer-dialect.js';
import { type AnswerSource } from '../../../upstream/response/answer-source.js';
import { type UpstreamClient } from '../../../upstream/upstream-client.js';
import { type UpstreamFailure } from '../../../upstream/failure/upstream-failure.js';
import { type UpstreamRequest } from '../../../upstream/upstream-request.js';
import { faultOf, readFault } from '../response/answer-parts.js';
import { answerInput } from '../response/response-input.js';
import { withAccept } from '../request/map-request.js';
import { MappedDialect } from '../mapped-dialect.js';
import { type ModelMapping } from '../model-mapping.js';
import { NamedExpression, type Scope } from '../named-expression.js';
import { type Poll, type PollResult, PolledAnswer } from './polled-answer.js';
import { type TokenCounter } from '../response/token-counter.js';
import { TranslatedDocument } from '../response/translated-document.js';

/** The dialect of a service that takes jobs: the request submits one, and its result is asked for. */
export class PollingDialect extends MappedDialect {
  constructor(
    mapping: ModelMapping,
    failure: UpstreamFailure,
    counter: TokenCounter,
    private readonly client: UpstreamClient,
  ) {
    super(mapping, failure, counter);
  }

  override translate(
    answer: AnswerSource,
    request: UpstreamRequest,
    chat: ChatRequest,
    further: FurtherCalls,
  ): AnswerSource {
    const totalMs = this.mapping.model.timeouts.total_seconds * 1000;
    const startedAt = request.preparedAt ?? performance.now();
    return new PolledAnswer(answer, {
      isStream: chat.isStream,
      maxAnswerBytes: this.mapping.model.limits.answer,
      intervalMs: this.mapping.poll!.intervalMs,
      endsAt: totalMs === 0 ? Infinity : startedAt + totalMs,
      toFailure: (error) => this.toFailure(error, request),
      submitted: async (body) => this.#pollOf(answerInput(body), answer, request, chat, further),
    });
  }

  protected override read(answer: AnswerSource, request: UpstreamRequest, chat: ChatRequest): AnswerSource {
    return new TranslatedDocument(answer, async (body) => {
      try {
        const more = { login: request.kept ?? {}, ...(await this.#requestOf(chat)) };
        const result = await this.#readPoll(body, answer, request, chat, more);
        if (result !== undefined) return result.bytes;
      } catch (error) {
        throw this.toFailure(error, request);
      }
      throw new UpstreamError('upstream_invalid_response', 'The job still runs, poll.done says.');
    });
  }

  async #pollOf(
    submit: unknown,
    submitted: AnswerSource,
    request: UpstreamRequest,
    chat: ChatRequest,
    further: FurtherCalls,
  ): Promise<Poll> {
    const { poll, model } = this.mapping;
    let more = { submit, login: request.kept ?? {}, ...(await this.#requestOf(chat)) };
    let base = this.#pollBase(request.base ?? request);
    let sent = base;
    await this.#throwFault(submit, submitted, request, this.scope(chat, submitted, more));
    this.#throwReported(submit, submitted, request);
    const send = async (onSent: (answer: AnswerSource) => void): Promise<GatewayError | undefined> => {
      // What expressions found in it was under other `$names`.
      const input = submit instanceof LargeInput ? new LargeInput(submit.json) : submit;
      sent = await poll!.call.map(base, input, this.scope(chat, submitted, more));
      const exchange = this.client.send(sent, model, false);
      onSent(exchange);
      await exchange.accepted;
      const refusal = await further.refusal(exchange, sent, this);
      if (refusal === undefined && (exchange.status < 200 || exchange.status >= 300))
        throw await this.failure.from(exchange, sent, this);
      return refusal;
    };
    return {
      send: async (onSent) => {
        const refusal = await send(onSent);
        if (refusal === undefined) return;
        const renewed = await further.renew(sent);
        if (renewed === undefined) throw refusal;
        base = this.#pollBase(renewed);
        more = { ...more, login: renewed.kept ?? {} };
        const secondRefusal = await send(onSent);
        if (secondRefusal === undefined) return further.worked(sent);
        await further.refusedAgain(sent);
        throw secondRefusal;
      },
      read: (body, answer) => this.#readPoll(body, answer, sent, chat, more),
    };
  }

  /** What `$request` refers to for as long as the job runs. */
  async #requestOf({ body, owner }: ChatRequest): Promise<{ request: unknown } | undefined> {
    const { jobRequest } = this.mapping;
    return jobRequest && { request: await jobRequest.read(body, owner) };
  }

  #pollBase(request: UpstreamRequest): UpstreamRequest {
    return { ...withAccept(request, this.mapping, false), body: Buffer.alloc(0) };
  }

  /** @returns undefined while the job runs */
  async #readPoll(
    body: Buffer,
    answer: AnswerSource,
    sent: UpstreamRequest,
    chat: ChatRequest,
    more: Readonly<Record<string, unknown>>,
  ): Promise<PollResult | undefined> {
    const { poll, response } = this.mapping;
    const input = answerInput(body);
    const scope = this.scope(chat, answer, more);
    await NamedExpression.prepare(
      [response!.error, response!.errorStatus, poll!.failed, poll!.done],
      input,
      scope,
    );
    await this.#throwFault(input, answer, sent, scope);
    const failed = faultOf(await poll!.failed?.evaluate(input, scope));
    if (failed !== undefined) throw this.failure.fromError(failed, sent);
    if (faultOf(await poll!.done.evaluate(input, scope)) === undefined) {
      // Else a job that is unknown to the service would be asked about until the call's time is over.
      if (poll!.failed === undefined) this.#throwReported(input, answer, sent);
      return undefined;
    }
    const { bytes, completion } = await this.completion(response!, body, answer, sent, chat, more);
    return {
      usage: readUsage(completion['usage']),
      bytes: chat.isStream ? Buffer.from(completionToStream(completion, chat.wantsUsage)) : bytes,
    };
  }

  /** An error that no expression reads. */
  #throwReported(input: unknown, answer: AnswerSource, request: UpstreamRequest): void {
    const error = this.mapping.response!.error === undefined ? reportedError(input) : undefined;
    if (error !== undefined) throw this.failure.fromError(error, request, undefined, answer.headers);
  }

  async #throwFault(
    input: unknown,
    answer: AnswerSource,
    request: UpstreamRequest,
    scope: Scope,
  ): Promise<void> {
    const fault = await readFault(this.mapping.response!, input, scope);
    if (fault !== undefined) throw this.failure.fromError(fault.error, request, fault.status, answer.headers);
  }
}
