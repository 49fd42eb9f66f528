/** The kind of a body, whatever its `content-type` claims. */
export type BodyKind = 'events' | 'json' | 'markup' | 'text';

const FIELDS = ['data:', 'event:', 'id:', 'retry:'];
/** Length of the longest field name with its colon. */
const WORD_LENGTH = 6;

/**
 * Recognises an event stream, JSON (one document, or one per line) and markup by their first bytes.
 * @param bytes the start of a body, without a byte order mark
 * @returns undefined while there are too few bytes to decide
 */
export function bodyKind(bytes: Buffer): BodyKind | undefined {
  const at = spaceLength(bytes);
  if (at === bytes.length) return undefined;
  switch (bytes[at]) {
    case 0x7b: // {
    case 0x5b: // [
      return 'json';
    case 0x3c: // <
      return 'markup';
    case 0x3a: // a comment's colon
      return 'events';
  }
  const word = bytes.toString('latin1', at, at + WORD_LENGTH);
  if (FIELDS.some((field) => word.startsWith(field))) return 'events';
  return FIELDS.some((field) => field.startsWith(word)) ? undefined : 'text';
}

/**
 * Drops the white space before the first field of an event stream; as a part of the field's name,
 * it would make the name unknown.
 */
export function fromFirstField(events: Buffer): Buffer {
  return events.subarray(spaceLength(events));
}

/** Whether the bytes are white space only, or none at all. */
export function isSpace(bytes: Buffer): boolean {
  return bytes.every(isSpaceByte);
}

function spaceLength(bytes: Buffer): number {
  let length = 0;
  while (length < bytes.length && isSpaceByte(bytes[length]!)) length++;
  return length;
}

function isSpaceByte(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
