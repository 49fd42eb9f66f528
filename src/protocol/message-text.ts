import { isJsonObject } from './json.js';

/** The text of a message's `content`, which is a string, a list of parts, or nothing. */
export function messageText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (isJsonObject(content)) return typeof content['text'] === 'string' ? content['text'] : '';
  return Array.isArray(content) ? content.map(messageText).join('') : '';
}
