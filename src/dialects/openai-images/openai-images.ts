import { type JsonObject, isJsonObject } from '../../protocol/json.js';
import { type ScanLimits } from '../../protocol/scanning/json-scan.js';
import { IMAGES } from '../../protocol/operation.js';
import { type BodyForm } from '../ports/dialect.js';
import { sseEvent } from '../framing/sse-events.js';
import { type EventWatchOptions } from '../passed/event-watch.js';
import { PassedDialect } from '../passed/passed-dialect.js';
import { ReplyFields } from '../passed/passed-reply.js';
import { readPassedUsage } from '../passed/passed-usage.js';
import { EDITS_DOCS, GENERATIONS_DOCS } from './docs.js';
import { ImageRequest } from './image-request.js';

/** Wire format: https://platform.openai.com/docs/api-reference/images */
class OpenAiImages extends PassedDialect {
  readonly name = 'openai-images';
  readonly operation = IMAGES;
  protected readonly replyFields = new ReplyFields(['data'], {
    fields: [],
    list: 'data',
    output: 'imageOutputTokens',
    read: (_values, images) => (images > 0 ? { images } : undefined),
  });
  protected override readonly stream: EventWatchOptions;

  /** @param event prefix of the names of its events: `image_generation.completed` */
  constructor(
    readonly route: string,
    protected readonly servicePath: string,
    event: string,
    readonly bodyForms: readonly BodyForm[],
    readonly docs: MethodDecorator,
  ) {
    super();
    // A request for several images has one final event per image.
    this.stream = {
      last: `${event}.completed`,
      isOnlyOne: false,
      usageOf: ({ usage }) => readPassedUsage(usage, { images: 1 }, 'imageOutputTokens'),
    };
  }

  override parse(body: Buffer, limits?: ScanLimits): ImageRequest {
    return new ImageRequest(this, body, limits);
  }

  protected override eventsOf({ data, ...rest }: JsonObject): string {
    const type = this.stream.last;
    const images = Array.isArray(data) ? (data as readonly unknown[]) : [];
    return images
      .map((image) => `event: ${type}\n${sseEvent({ type, ...rest, ...(isJsonObject(image) && image) })}`)
      .join('');
  }
}

export const IMAGE_GENERATIONS = new OpenAiImages(
  '/v1/images/generations',
  '/images/generations',
  'image_generation',
  ['json'],
  GENERATIONS_DOCS,
);
export const IMAGE_EDITS = new OpenAiImages(
  '/v1/images/edits',
  '/images/edits',
  'image_edit',
  ['form', 'json'],
  EDITS_DOCS,
);
