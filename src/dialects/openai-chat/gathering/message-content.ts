import { type JsonObject, isJsonObject } from '../../../protocol/json.js';
import { isEmpty, mergeFields } from './merge-fields.js';

/** Parts of a `content` list that a stream sends in pieces: Mistral's reasoning models. */
const GROWING_PARTS: ReadonlySet<unknown> = new Set(['text', 'thinking', 'reasoning']);

/** Adds a delta's content to a message's content: a text, a list of parts, or both in turn. */
export function addContent(before: unknown, said: unknown): unknown {
  if (isEmpty(said) || (Array.isArray(said) && said.length === 0)) return before ?? (said === '' ? '' : null);
  if (typeof said === 'string' && !Array.isArray(before))
    return `${typeof before === 'string' ? before : ''}${said}`;
  const parts: unknown[] = Array.isArray(before)
    ? before
    : typeof before === 'string' && before !== ''
      ? [textPart(before)]
      : [];
  for (const part of Array.isArray(said) ? said : [said])
    addPart(parts, typeof part === 'string' ? textPart(part) : part);
  return parts;
}

/** A list that consists of text becomes a text, as in the format. */
export function plainContent(content: unknown): unknown {
  if (!Array.isArray(content) || content.length === 0) return content;
  const texts = content.map((part: unknown) =>
    isJsonObject(part) && (part['type'] ?? 'text') === 'text' && typeof part['text'] === 'string'
      ? part['text']
      : undefined,
  );
  return texts.includes(undefined) ? content : texts.join('');
}

function addPart(parts: unknown[], part: unknown): void {
  const last = parts.at(-1);
  if (!isJsonObject(part) || !isJsonObject(last) || !isSamePart(last, part)) {
    parts.push(structuredClone(part));
    return;
  }
  const { thinking, ...fields } = part;
  if (Array.isArray(thinking)) last['thinking'] = addContent(last['thinking'], thinking);
  else if (thinking !== undefined) mergeFields(last, { thinking });
  mergeFields(last, fields);
}

function isSamePart(last: JsonObject, part: JsonObject): boolean {
  return GROWING_PARTS.has(part['type']) && last['type'] === part['type'] && last['index'] === part['index'];
}

function textPart(text: string): JsonObject {
  return { type: 'text', text };
}
