import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type ErrorReader } from '../../upstream/failure/upstream-failure.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { type FurtherRequests, type PreparedCall } from '../ports/prepared-call.js';
import { type TranslationOptions, translated } from './reply-translation.js';

/** A call to a service that does not support the client's wire format; its reply is translated. */
export class TranslatedCall implements PreparedCall {
  constructor(
    private readonly call: PreparedCall,
    private readonly options: TranslationOptions,
  ) {}

  get request(): UpstreamRequest {
    return this.call.request;
  }

  set request(request: UpstreamRequest) {
    this.call.request = request;
  }

  get isStream(): boolean {
    return this.call.isStream;
  }

  get asksForUsage(): boolean {
    return this.call.asksForUsage || (this.isStream && this.options.asksForUsage);
  }

  get errors(): ErrorReader | undefined {
    return this.call.errors;
  }

  receive(answer: AnswerSource, further: FurtherRequests): AnswerSource {
    return translated(this.call.receive(answer, further), this.request, this.options);
  }
}
