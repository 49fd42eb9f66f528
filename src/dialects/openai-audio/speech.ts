import { type IncomingHttpHeaders } from 'node:http';
import { type ScanLimits } from '../../protocol/scanning/json-scan.js';
import { SPEECH } from '../../protocol/operation.js';
import { isDocument, mediaType } from '../../upstream/response/response-headers.js';
import { type ClientRequest, type ReplyForm, type Trial } from '../ports/dialect.js';
import { type EventWatchOptions } from '../passed/event-watch.js';
import { PassedDialect } from '../passed/passed-dialect.js';
import { ReplyFields } from '../passed/passed-reply.js';
import { PassedRequest } from '../passed/passed-request.js';
import { readPassedUsage } from '../passed/passed-usage.js';
import { SPEECH_DOCS } from './docs.js';

/** A request for speech, which is passed on while it is generated, both as audio and as events. */
class SpeechRequest extends PassedRequest {
  override readonly isStream = true;
}

/** Wire format: https://platform.openai.com/docs/api-reference/audio/createSpeech */
class OpenAiSpeech extends PassedDialect {
  readonly name = 'openai-audio';
  readonly operation = SPEECH;
  readonly route = '/v1/audio/speech';
  readonly docs = SPEECH_DOCS;
  readonly headers = { accept: '*/*' };
  protected readonly servicePath = '/audio/speech';
  /** A JSON document is never speech. */
  protected readonly replyFields = new ReplyFields([]);
  protected override readonly stream: EventWatchOptions = {
    last: 'speech.audio.done',
    isOnlyOne: true,
    usageOf: ({ usage }) => readPassedUsage(usage, undefined, 'audioOutputTokens'),
  };
  override readonly trial: Trial = {
    body: (model, word) => ({ model, input: word, voice: 'alloy' }),
    result: ({ byteCount, contentType }) => `${byteCount} bytes of ${contentType}`,
  };

  override parse(body: Buffer, limits?: ScanLimits): ClientRequest {
    return new SpeechRequest(this, body, limits);
  }

  replyForm({ 'content-type': contentType }: IncomingHttpHeaders): ReplyForm {
    if (mediaType(contentType) === 'text/event-stream') return 'events';
    return isDocument(contentType) ? 'document' : 'bytes';
  }
}

export const SPEECH_AUDIO = new OpenAiSpeech();
