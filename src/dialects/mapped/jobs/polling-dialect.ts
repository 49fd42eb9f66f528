import { UpstreamError } from '../../../errors/upstream-errors.js';
import { LargeInput } from '../../../expressions/large-input.js';
import { reportedError } from '../../../protocol/errors/error-shape.js';
import { completionToStream } from '../../openai-chat/writing/completion-stream.js';
import { readUsage } from '../../openai-chat/usage.js';
import { type ChatRequest } from '../../openai-chat/request/chat-request.js';
import { type FurtherRequests } from '../../ports/prepared-call.js';
import { type AnswerSource } from '../../../upstream/response/answer-source.js';
import { type UpstreamRequest } from '../../../upstream/upstream-request.js';
import { faultOf, readFault } from '../response/answer-parts.js';
import { answerInput } from '../response/response-input.js';
import { withAccept } from '../request/map-request.js';
import { type MappedCall } from '../mapped-call.js';
import { MappedDialect } from '../mapped-dialect.js';
import { NamedExpression, type Scope } from '../named-expression.js';
import { type Poll, type PollResult, PolledAnswer } from './polled-answer.js';
import { TranslatedDocument } from '../response/translated-document.js';

type Say = Parameters<FurtherRequests['send']>[0];

/** The dialect of a service that takes jobs: the request submits a job, whose result is then polled. */
export class PollingDialect extends MappedDialect {
  override translate(answer: AnswerSource, call: MappedCall, further: FurtherRequests): AnswerSource {
    const totalMs = this.mapping.model.timeouts.total_seconds * 1000;
    return new PolledAnswer(answer, {
      isStream: call.chat.isStream,
      maxAnswerBytes: this.mapping.model.limits.answer,
      intervalMs: this.mapping.poll!.intervalMs,
      endsAt: totalMs === 0 ? Infinity : call.startedAt + totalMs,
      toFailure: (error) => this.toFailure(error, call.request),
      submitted: async (body) => this.#pollOf(answerInput(body), answer, call, further),
    });
  }

  protected override read(answer: AnswerSource, { request, chat, kept }: MappedCall): AnswerSource {
    return new TranslatedDocument(answer, async (body) => {
      try {
        const more = { login: kept, ...(await this.#requestOf(chat)) };
        const result = await this.#readPoll(body, answer, request, chat, more);
        if (result !== undefined) return result.bytes;
      } catch (error) {
        throw this.toFailure(error, request);
      }
      throw new UpstreamError('upstream_invalid_response', 'The job has not finished: poll.done is false.');
    });
  }

  async #pollOf(
    submit: unknown,
    submitted: AnswerSource,
    { request, chat, kept }: MappedCall,
    further: FurtherRequests,
  ): Promise<Poll> {
    const { call } = this.mapping.poll!;
    let more = { submit, login: kept, ...(await this.#requestOf(chat)) };
    let sent = request;
    await this.#throwFault(submit, submitted, request, this.scope(chat, submitted, more));
    this.#throwReported(submit, submitted, request);
    const say: Say = (bare, login) => {
      more = { ...more, login };
      // The results cached for this input belong to other `$names`, so they are discarded.
      const input = submit instanceof LargeInput ? new LargeInput(submit.json) : submit;
      const base = withAccept(bare, this.mapping, false);
      return call.map(base, input, this.scope(chat, submitted, more));
    };
    return {
      send: async (onSent) => {
        sent = await further.send(say, onSent);
      },
      read: (body, answer) => this.#readPoll(body, answer, sent, chat, more),
    };
  }

  /** The value of `$request` while the job is running. */
  async #requestOf({ body, owner }: ChatRequest): Promise<{ request: unknown } | undefined> {
    const { jobRequest } = this.mapping;
    return jobRequest && { request: await jobRequest.read(body, owner) };
  }

  /** @returns undefined while the job is running */
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
      // Otherwise a job unknown to the service would be polled until the call's time ends.
      if (poll!.failed === undefined) this.#throwReported(input, answer, sent);
      return undefined;
    }
    const { bytes, completion } = await this.completion(response!, body, answer, sent, chat, more);
    return {
      usage: readUsage(completion['usage']),
      bytes: chat.isStream ? Buffer.from(completionToStream(completion, chat.wantsUsage)) : bytes,
    };
  }

  /** Throws an error that no expression reads. */
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
