import {
  type FilePart,
  type ImagePart,
  type Part,
  type Source,
  type TextPart,
} from '../../../../conversation/prompt.js';
import { type JsonObject, isJsonObject } from '../../../../protocol/json.js';
import { checkList, checkObject, checkText, invalid, isAbsent } from '../../../checks.js';
import { fileType } from '../../../translating/file-type.js';

const DATA_URL = /^data:([^;,]*)((?:;[^;,]*)*),/i;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

type Path = string;

/**
 * The content of a message: a text, a list of parts, or nothing. Empty texts are omitted.
 * @throws InvalidRequestError
 */
export function partsOf(content: unknown, path: Path): Part[] {
  if (isAbsent(content) || content === '') return [];
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  return checkList(content, path).flatMap((part, index) => {
    const at = `${path}[${index}]`;
    if (typeof part === 'string') return partsOf(part, at);
    const read = partOf(checkObject(part, at), at);
    return read.kind === 'text' && read.text === '' ? [] : [read];
  });
}

/**
 * Like `partsOf`, where only text is allowed, as in instructions.
 * @throws InvalidRequestError
 */
export function textsOf(content: unknown, path: Path): TextPart[] {
  return partsOf(content, path).map((part) => {
    if (part.kind === 'text') return part;
    throw invalid(path, `'${path}' may only hold text here.`);
  });
}

/**
 * Like `partsOf`, for the result of a tool.
 * @throws InvalidRequestError
 */
export function resultPartsOf(content: unknown, path: Path): (TextPart | ImagePart | FilePart)[] {
  return partsOf(content, path).map((part) => {
    if (part.kind === 'text' || part.kind === 'image' || part.kind === 'file') return part;
    throw invalid(path, `'${path}' may only hold text, images and files here.`);
  });
}

function partOf(part: JsonObject, path: Path): Part {
  const type = checkText(
    part['type'] ?? (typeof part['text'] === 'string' ? 'text' : undefined),
    `${path}.type`,
  );
  const cache = isJsonObject(part['cache_control']) ? { cache: part['cache_control'] } : {};
  switch (type) {
    case 'text':
      return { kind: 'text', text: checkText(part['text'], `${path}.text`), ...cache };
    case 'refusal':
      return { kind: 'text', text: checkText(part['refusal'], `${path}.refusal`) };
    case 'image_url':
      return { ...imageOf(part['image_url'], `${path}.image_url`), ...cache };
    case 'input_audio': {
      const { data, format } = checkObject(part['input_audio'], `${path}.input_audio`);
      return {
        kind: 'audio',
        data: checkText(data, `${path}.input_audio.data`),
        format: checkText(format, `${path}.input_audio.format`),
      };
    }
    case 'file':
      return { ...fileOf(checkObject(part['file'], `${path}.file`), `${path}.file`), ...cache };
    default:
      throw invalid(
        `${path}.type`,
        `'${path}.type' must be 'text', 'image_url', 'input_audio', 'file' or 'refusal' for this model.`,
      );
  }
}

function imageOf(image: unknown, path: Path): ImagePart {
  if (typeof image === 'string') return { kind: 'image', source: sourceOf(image, path) };
  const { url, detail } = checkObject(image, path);
  return {
    kind: 'image',
    source: sourceOf(checkText(url, `${path}.url`), `${path}.url`),
    ...(!isAbsent(detail) && { detail: checkText(detail, `${path}.detail`) }),
  };
}

function fileOf({ file_data: data, file_id: id, filename }: JsonObject, path: Path): FilePart {
  const name = isAbsent(filename) ? undefined : checkText(filename, `${path}.filename`);
  const named = name === undefined ? {} : { name };
  if (!isAbsent(id) && isAbsent(data))
    return { kind: 'file', source: { kind: 'id', id: checkText(id, `${path}.file_id`) }, ...named };
  const text = checkText(data, `${path}.file_data`);
  if (SCHEME.test(text)) return { kind: 'file', source: sourceOf(text, `${path}.file_data`), ...named };
  return { kind: 'file', source: { kind: 'data', mediaType: fileType(name), data: text }, ...named };
}

function sourceOf(url: string, path: Path): Source {
  const [head, mediaType = '', options = ''] = DATA_URL.exec(url) ?? [];
  if (head === undefined) {
    if (SCHEME.test(url) && !/^data:/i.test(url)) return { kind: 'url', url };
    throw invalid(path, `'${path}' must be a URL or a data URL.`);
  }
  const rest = url.slice(head.length);
  return {
    kind: 'data',
    mediaType: mediaType === '' ? 'text/plain' : mediaType.toLowerCase(),
    data: /;base64$/i.test(options) ? rest : Buffer.from(unescaped(rest, path)).toString('base64'),
  };
}

function unescaped(text: string, path: Path): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(path, `'${path}' is no data URL.`);
  }
}
