import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { mediaType } from '../../upstream/response/response-headers.js';
import { type ErrorReader } from '../../upstream/failure/upstream-failure.js';
import { type UpstreamRequest } from '../../upstream/upstream-request.js';
import { ChosenAnswer } from '../mapped/response/chosen-answer.js';
import { type FurtherRequests, type PreparedCall } from '../ports/prepared-call.js';
import { ReplyTranslation, type TranslationOptions } from './reply-translation.js';

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

/**
 * An accepted response in the client's format: a stream or one document as the client requested,
 * whatever the service sent.
 */
export function translated(
  answer: AnswerSource,
  sent: UpstreamRequest,
  options: TranslationOptions,
): AnswerSource {
  return new ChosenAnswer(answer, (opened, kind = guessedKind(opened)) => {
    if (kind !== 'events') return new ReplyTranslation(opened, sent, options, undefined);
    opened.streams?.();
    return new ReplyTranslation(opened, sent, options, options.dialect.reader(options.lost));
  });
}

function guessedKind({ headers }: AnswerSource): 'events' | 'json' {
  return mediaType(headers['content-type']) === 'text/event-stream' ? 'events' : 'json';
}
