import { type ErrorReader } from '../../upstream/failure/upstream-failure.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type ChatRequest } from '../openai-chat/request/chat-request.js';
import { type FurtherRequests, type PreparedCall } from '../ports/prepared-call.js';

/** Reads the responses of a service with a format of its own. */
export interface CallReader extends ErrorReader {
  translate(answer: AnswerSource, call: MappedCall, further: FurtherRequests): AnswerSource;
}

/** A call in a service's own format. */
export class MappedCall implements PreparedCall {
  /** By `performance.now()`. A call with several requests begins when it is mapped. */
  readonly startedAt = performance.now();

  constructor(
    readonly errors: CallReader,
    readonly chat: ChatRequest,
    public request: UpstreamRequest,
    readonly isStream: boolean,
    /** The values that the login captured. */
    readonly kept: Readonly<Record<string, unknown>>,
    readonly asksForUsage: boolean,
  ) {}

  receive(answer: AnswerSource, further: FurtherRequests): AnswerSource {
    return this.errors.translate(answer, this, further);
  }
}
