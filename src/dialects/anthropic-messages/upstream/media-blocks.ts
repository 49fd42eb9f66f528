import { type FilePart, type ImagePart, type Source } from '../../../conversation/prompt.js';
import { InvalidRequestError } from '../../../errors/caller-errors.js';
import { type JsonObject } from '../../../protocol/json.js';

/** @throws InvalidRequestError for an image that is stored at another service */
export function imageBlock({ source, cache }: ImagePart): JsonObject {
  return {
    type: 'image',
    source: sourceOf(source, 'image'),
    ...(cache !== undefined && { cache_control: cache }),
  };
}

/**
 * A PDF or a text.
 * @throws InvalidRequestError for a file of another kind, or one that is stored at another service
 */
export function fileBlock({ source, name, cache }: FilePart): JsonObject {
  return {
    type: 'document',
    source: documentSource(source),
    ...(name !== undefined && { title: name }),
    ...(cache !== undefined && { cache_control: cache }),
  };
}

/** @throws InvalidRequestError always */
export function refuseAudio(): never {
  throw new InvalidRequestError('invalid_value', "The model's service takes no audio.", 'messages');
}

function documentSource(source: Source): JsonObject {
  if (source.kind !== 'data') return sourceOf(source, 'file');
  const { mediaType, data } = source;
  const type = mediaType.split(';', 1)[0]!.trim().toLowerCase();
  if (type === 'application/pdf') return { type: 'base64', media_type: type, data };
  if (type.startsWith('text/') || type === 'application/json')
    return { type: 'text', media_type: 'text/plain', data: Buffer.from(data, 'base64').toString() };
  throw new InvalidRequestError(
    'invalid_value',
    "The model's service takes PDF and plain text as files, and no others.",
    'messages',
  );
}

function sourceOf(source: Source, what: string): JsonObject {
  switch (source.kind) {
    case 'url':
      return { type: 'url', url: source.url };
    case 'data':
      return { type: 'base64', media_type: source.mediaType, data: source.data };
    case 'id':
      throw new InvalidRequestError(
        'invalid_value',
        `The ${what} is named by an id, which the model's service does not know: send its data, or a URL.`,
        'messages',
      );
  }
}
