import { type IncomingHttpHeaders } from 'node:http';
import { isCount } from '../../conversation/usage-classes.js';
import { type JsonObject } from '../../protocol/json.js';
import { TRANSCRIPTION } from '../../protocol/operation.js';
import { isDocument, mediaType } from '../../upstream/response/response-headers.js';
import { type BodyForm, type ReplyForm } from '../ports/dialect.js';
import { sseEvent } from '../framing/sse-events.js';
import { type EventWatchOptions } from '../passed/event-watch.js';
import { PassedDialect } from '../passed/passed-dialect.js';
import { ReplyFields } from '../passed/passed-reply.js';
import { type FurtherUsage } from '../passed/passed-usage.js';
import { TRANSCRIPTIONS_DOCS, TRANSLATIONS_DOCS } from './docs.js';

/**
 * The transcript of a recording: as JSON, as text such as subtitles, or as events. The
 * `content-type` of the response tells which, because the field that selects it may follow the
 * recording. Wire format: https://platform.openai.com/docs/api-reference/audio/createTranscription
 */
class OpenAiTranscriptions extends PassedDialect {
  readonly name = 'openai-audio';
  readonly operation = TRANSCRIPTION;
  readonly bodyForms: readonly BodyForm[] = ['form'];
  readonly headers = { accept: '*/*' };
  protected readonly replyFields = new ReplyFields(['text', 'segments'], {
    fields: ['duration'],
    read: ({ duration }) => secondsOf(duration),
  });
  protected override readonly stream: EventWatchOptions = { last: 'transcript.text.done', isOnlyOne: true };

  constructor(
    readonly route: string,
    protected readonly servicePath: string,
    readonly docs: MethodDecorator,
  ) {
    super();
  }

  replyForm({ 'content-type': contentType }: IncomingHttpHeaders): ReplyForm {
    if (mediaType(contentType) === 'text/event-stream') return 'events';
    return isDocument(contentType) ? 'document' : 'bytes';
  }

  protected override eventsOf(document: JsonObject): string {
    return sseEvent({ type: this.stream.last, ...document });
  }
}

/** Older models report the length of the recording; some services report it as text. */
function secondsOf(duration: unknown): FurtherUsage | undefined {
  const seconds = typeof duration === 'string' && duration !== '' ? Number(duration) : duration;
  return isCount(seconds) ? { seconds } : undefined;
}

export const TRANSCRIPTIONS = new OpenAiTranscriptions(
  '/v1/audio/transcriptions',
  '/audio/transcriptions',
  TRANSCRIPTIONS_DOCS,
);
export const TRANSLATIONS = new OpenAiTranscriptions(
  '/v1/audio/translations',
  '/audio/translations',
  TRANSLATIONS_DOCS,
);
