import { type FilePart, type ImagePart, type Part, type Source } from '../../../conversation/prompt.js';
import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { checkObject, checkText, invalid, isAbsent, wrongType } from '../../checks.js';
import { fileType } from '../../translating/file-type.js';

/**
 * `data:` with a media type, perhaps with parameters, in base64:
 * https://www.rfc-editor.org/rfc/rfc2397
 */
const DATA_URL = /^data:([^;,]*)(?:;[^;,]*)*;base64,(.*)$/s;

/**
 * The parts of a message's `content`: a text, or a list of parts.
 * @param path of the content
 */
export function contentOf(content: unknown, path: string): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) throw wrongType(content, path, 'a string or an array');
  return (content as readonly unknown[]).map((part, index) => partOf(part, `${path}[${index}]`));
}

/**
 * Whether the output of a tool is a list of parts. Other outputs are a text, or are sent as their
 * JSON.
 */
export function isOutputList(output: unknown): output is readonly unknown[] {
  return (
    Array.isArray(output) && output.every((part) => isJsonObject(part) && typeof part['type'] === 'string')
  );
}

function partOf(value: unknown, path: string): Part {
  if (typeof value === 'string') return { kind: 'text', text: value };
  const part = checkObject(value, path);
  const type = checkText(part['type'], `${path}.type`);
  switch (type) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
    case 'reasoning_text':
      return { kind: 'text', text: checkText(part['text'], `${path}.text`) };
    case 'refusal':
      return { kind: 'text', text: checkText(part['refusal'], `${path}.refusal`) };
    case 'input_image':
    case 'image_url':
    case 'computer_screenshot':
      return imageOf(part, path);
    case 'input_file':
      return fileOf(part, path);
    case 'input_audio': {
      const at = `${path}.input_audio`;
      const audio = checkObject(part['input_audio'], at);
      const data = checkText(audio['data'], `${at}.data`);
      return { kind: 'audio', data, format: checkText(audio['format'], `${at}.format`) };
    }
    default:
      // A part of a future type, as plain text.
      if (typeof part['text'] === 'string') return { kind: 'text', text: part['text'] };
      throw invalid(`${path}.type`, `Parts of type '${type}' cannot be sent to this model.`);
  }
}

/** `detail: original` is `high` in other formats. */
function imageOf({ image_url: given, file_id: id, detail }: JsonObject, path: string): ImagePart {
  const url = isJsonObject(given) ? given['url'] : given;
  const source = isAbsent(url)
    ? sourceOfId(id, path, 'image_url')
    : sourceOfUrl(checkText(url, `${path}.image_url`));
  return {
    kind: 'image',
    source,
    ...(typeof detail === 'string' && { detail: detail === 'original' ? 'high' : detail }),
  };
}

function fileOf(part: JsonObject, path: string): FilePart {
  const { file_data: data, file_url: url, file_id: id, filename } = part;
  let source: Source;
  if (!isAbsent(data)) source = sourceOfData(checkText(data, `${path}.file_data`), filename);
  else if (!isAbsent(url)) source = sourceOfUrl(checkText(url, `${path}.file_url`));
  else source = sourceOfId(id, path, 'file_data');
  return { kind: 'file', source, ...(typeof filename === 'string' && { name: filename }) };
}

function sourceOfId(id: unknown, path: string, wanted: string): Source {
  if (typeof id === 'string' && id !== '') return { kind: 'id', id };
  throw wrongType(undefined, `${path}.${wanted}`, 'a string');
}

function sourceOfUrl(url: string): Source {
  const data = DATA_URL.exec(url);
  return data === null ? { kind: 'url', url } : { kind: 'data', mediaType: data[1]!, data: data[2]! };
}

/** Some clients omit the prefix `data:`. */
function sourceOfData(text: string, filename: unknown): Source {
  const source = sourceOfUrl(text);
  const name = typeof filename === 'string' ? filename : undefined;
  return source.kind === 'data' ? source : { kind: 'data', mediaType: fileType(name), data: text };
}
