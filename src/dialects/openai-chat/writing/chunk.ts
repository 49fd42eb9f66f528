import { isJsonObject, parseLosslessJson } from '../../../protocol/json.js';

const LF = 0x0a;

/** Whether the first line by itself is a chunk of a stream. */
export function beginsWithChunk(lines: Buffer): boolean {
  const end = lines.indexOf(LF);
  return isChunk(parseLosslessJson(lines.toString('utf8', 0, end < 0 ? lines.length : end)));
}

/** Whether a document is one chunk of a stream. */
export function isChunk(value: unknown): boolean {
  if (!isJsonObject(value) || !Array.isArray(value['choices'])) return false;
  const first: unknown = value['choices'][0];
  if (first === undefined) return value['object'] === 'chat.completion.chunk';
  return isJsonObject(first) && isJsonObject(first['delta']) && !isJsonObject(first['message']);
}
