import { type FilePart, type ImagePart, type Source, type TextPart } from '../../../conversation/prompt.js';
import { type JsonObject } from '../../../protocol/json.js';
import { checkList, checkObject, checkText, invalid, isAbsent } from '../../checks.js';
import { cacheOf, textPart } from './text-part.js';

/** The source of an image or a document. @throws InvalidRequestError */
export function sourceOf(value: unknown, path: string): Source {
  const source = checkObject(value, path);
  switch (checkText(source['type'], `${path}.type`)) {
    case 'base64': {
      const mediaType = checkText(source['media_type'], `${path}.media_type`);
      return { kind: 'data', mediaType, data: checkText(source['data'], `${path}.data`) };
    }
    case 'url':
      return { kind: 'url', url: checkText(source['url'], `${path}.url`) };
    case 'file':
      return { kind: 'id', id: checkText(source['file_id'], `${path}.file_id`) };
    default:
      throw invalid(`${path}.type`, `'${path}.type' is no source that can be sent to this model.`);
  }
}

/** A document: its text under its title, or otherwise a file. @throws InvalidRequestError */
export function documentParts(block: JsonObject, at: string): (TextPart | ImagePart | FilePart)[] {
  const title = optionalText(block['title'], `${at}.title`);
  const context = optionalText(block['context'], `${at}.context`);
  const path = `${at}.source`;
  const source = checkObject(block['source'], path);
  if (source['type'] === 'text')
    return words([title, context, checkText(source['data'], `${path}.data`)], block);
  if (source['type'] === 'content') {
    const { content } = source;
    if (typeof content === 'string') return words([title, context, content], block);
    const parts = checkList(content, `${path}.content`).map((each, index) => {
      const place = `${path}.content[${index}]`;
      const inner = checkObject(each, place);
      return inner['type'] === 'image'
        ? ({ kind: 'image', source: sourceOf(inner['source'], `${place}.source`) } as const)
        : textPart(inner, place);
    });
    const said = parts.filter((part) => part.kind !== 'text' || part.text !== '');
    const last = said.at(-1);
    if (last !== undefined) said[said.length - 1] = { ...last, ...cacheOf(block) };
    return [...words([title, context], last === undefined ? block : {}), ...said];
  }
  const file: FilePart = {
    kind: 'file',
    source: sourceOf(source, path),
    ...(title !== '' && { name: title }),
    ...cacheOf(block),
  };
  return [...words([context], {}), file];
}

/** A result of a search that the client ran: title, source and text. @throws InvalidRequestError */
export function searchResult(block: JsonObject, at: string): TextPart {
  const texts = checkList(block['content'], `${at}.content`).map(
    (each, index) => textPart(checkObject(each, `${at}.content[${index}]`), `${at}.content[${index}]`).text,
  );
  const head = [optionalText(block['title'], `${at}.title`), optionalText(block['source'], `${at}.source`)];
  return {
    kind: 'text',
    text: joined([head.filter((text) => text !== '').join('\n'), ...texts]),
    ...cacheOf(block),
  };
}

function words(texts: readonly string[], block: JsonObject): TextPart[] {
  const text = joined(texts);
  return text === '' ? [] : [{ kind: 'text', text, ...cacheOf(block) }];
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n');
}

function optionalText(value: unknown, path: string): string {
  return isAbsent(value) ? '' : checkText(value, path);
}
