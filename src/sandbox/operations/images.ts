import { type JsonObject } from '../chat/chat-request.js';
import { OPENAI_FAILURES, listOf, namedEvent } from '../formats/format.js';
import { type IntendedAnswer, JSON_TYPE } from '../response/intended-answer.js';
import { RequestProblem } from '../request-problem.js';
import { estimateTokens } from '../chat/text-pieces.js';
import { readForm } from './form.js';
import {
  type OperationReply,
  type OperationRequest,
  type SandboxOperation,
  invalid,
  missing,
  modelOf,
  nowSeconds,
  readChoice,
  readCount,
  readJson,
} from './operation.js';
import { drawPicture } from '../content/picture.js';

const USUAL_SIZE = '256x256';
const MOST_PIXELS_ACROSS = 4096;
const TOKENS_PER_IMAGE = 272;
const MOST_IMAGES = 10;
const MOST_PARTIAL_IMAGES = 3;

/** The address of an image that the sandbox serves; it contains the words and the size. */
const PICTURE_PATH = /\/sandbox\/images\/(\d+)x(\d+)\/([^/]*)\.png$/u;

interface Picture {
  readonly words: string;
  readonly width: number;
  readonly height: number;
  /** Number of bytes appended to the image, which viewers ignore. */
  readonly padding?: number;
}

interface Pictures {
  readonly pictures: readonly Picture[];
  readonly asUrl: boolean;
  readonly size: string;
  /** `image_generation` or `image_edit`: the prefix of event names. */
  readonly event: string;
  readonly isStream: boolean;
  readonly partialImages: number;
  readonly usage: JsonObject;
}

/** Wire format: https://platform.openai.com/docs/api-reference/images */
export const IMAGE_GENERATIONS: SandboxOperation = {
  target: 'images',
  reply: (request) => {
    const { fields, model } = readJson(request);
    return pictured(request, model, fields, 'image_generation', 0);
  },
};

/** Accepts a form with files, or JSON with their addresses. */
export const IMAGE_EDITS: SandboxOperation = {
  target: 'images',
  reply: async (request) => {
    if (/^application\/json\b/iu.test(request.contentType ?? '')) {
      const { fields, model } = readJson(request);
      const count = listOf(fields.images).length;
      if (count === 0) throw missing('images');
      return pictured(request, model, fields, 'image_edit', count);
    }
    const form = await readForm(request);
    const images = [...form.getAll('image'), ...form.getAll('image[]')];
    if (images.length === 0) throw missing('image');
    if (images.some((image) => typeof image === 'string')) throw invalid('image', 'a file');
    const fields = Object.fromEntries(form);
    const model = modelOf(fields.model);
    const stream = fields.stream === 'true';
    return pictured(request, model, { ...fields, stream }, 'image_edit', images.length);
  },
};

/** @returns the image at an address that the sandbox returned */
export function pictureAt(path: string): Buffer | undefined {
  const [, width, height, words] = PICTURE_PATH.exec(path) ?? [];
  if (words === undefined) return undefined;
  const [across, down] = [Number(width), Number(height)];
  if (!isAcross(across) || !isAcross(down)) return undefined;
  return drawPicture(Buffer.from(words, 'base64url').toString(), across, down);
}

function pictured(
  { origin, chunkDelayMs }: OperationRequest,
  model: string,
  fields: JsonObject,
  event: string,
  imagesGiven: number,
): OperationReply {
  const { prompt } = fields;
  if (typeof prompt !== 'string' || prompt === '') throw missing('prompt');
  readChoice(fields.output_format, 'output_format', ['png']);
  const count = readCount(fields.n, 'n', 1, MOST_IMAGES);
  const [width, height] = readSize(fields.size);
  const pictures = Array.from({ length: count }, (_, index) => ({
    words: count === 1 ? prompt : `${prompt} ${index + 1}`,
    width,
    height,
  }));
  const usualForm = model.startsWith('dall-e')
    ? (['url', 'b64_json'] as const)
    : (['b64_json', 'url'] as const);
  const [text, image] = [estimateTokens(prompt), imagesGiven * TOKENS_PER_IMAGE];
  const output = count * TOKENS_PER_IMAGE;
  const intended = intendedPictures(
    {
      pictures,
      asUrl: readChoice(fields.response_format, 'response_format', usualForm) === 'url',
      size: `${width}x${height}`,
      event,
      isStream: fields.stream === true,
      partialImages:
        fields.partial_images === 0
          ? 0
          : readCount(fields.partial_images, 'partial_images', 0, MOST_PARTIAL_IMAGES),
      usage: {
        input_tokens: text + image,
        input_tokens_details: { text_tokens: text, image_tokens: image },
        output_tokens: output,
        total_tokens: text + image + output,
      },
    },
    origin,
    chunkDelayMs,
  );
  return { model, intended };
}

function intendedPictures(drawn: Pictures, origin: string, chunkDelayMs: number): IntendedAnswer {
  const { pictures, asUrl, isStream, size, usage } = drawn;
  const about = { background: 'opaque', output_format: 'png', quality: 'low', size };
  return {
    isStream,
    chunkDelayMs,
    contentType: JSON_TYPE,
    failures: OPENAI_FAILURES,
    body: () =>
      JSON.stringify({
        created: nowSeconds(),
        data: pictures.map((picture) =>
          asUrl ? { url: urlOf(picture, origin) } : { b64_json: dataOf(picture) },
        ),
        ...about,
        usage,
      }),
    events: () => eventsOf(drawn, about),
    enlarged: (bytes) => {
      const [picture] = pictures;
      const large = { ...picture!, padding: Math.floor((bytes * 3) / 4) };
      return intendedPictures({ ...drawn, asUrl: false, pictures: [large] }, origin, 0);
    },
  };
}

function* eventsOf(
  { pictures, event, partialImages, usage }: Pictures,
  about: JsonObject,
): Generator<string, void> {
  for (const [number, picture] of pictures.entries()) {
    const b64_json = dataOf(picture);
    const base = { created_at: nowSeconds(), b64_json, ...about };
    for (let index = 0; index < partialImages; index += 1) {
      yield namedEvent({ type: `${event}.partial_image`, partial_image_index: index, ...base });
    }
    // The counts apply to the whole request, so they are sent once.
    const isLast = number === pictures.length - 1;
    yield namedEvent({ type: `${event}.completed`, ...base, ...(isLast && { usage }) });
  }
}

function dataOf({ words, width, height, padding = 0 }: Picture): string {
  return Buffer.concat([drawPicture(words, width, height), Buffer.alloc(padding)]).toString('base64');
}

function urlOf({ words, width, height }: Picture, origin: string): string {
  // Keeps the address short enough for clients.
  const name = Buffer.from(words.slice(0, 200)).toString('base64url');
  return `${origin}/sandbox/images/${width}x${height}/${name}.png`;
}

function readSize(size: unknown): readonly [width: number, height: number] {
  const wanted = size === undefined || size === null || size === 'auto' || size === '' ? USUAL_SIZE : size;
  const [, width, height] = /^(\d{1,4})x(\d{1,4})$/u.exec(typeof wanted === 'string' ? wanted : '') ?? [];
  const [across, down] = [Number(width), Number(height)];
  if (isAcross(across) && isAcross(down)) return [across, down];
  throw new RequestProblem(400, `Invalid value for 'size', such as ${USUAL_SIZE}.`, 'invalid_value', 'size');
}

function isAcross(pixels: number): boolean {
  return pixels >= 1 && pixels <= MOST_PIXELS_ACROSS;
}
