/** What the bytes of a body are, whatever their label says. */
export type BodyKind = 'events' | 'json' | 'markup' | 'text';

const FIELDS = ['data:', 'event:', 'id:', 'retry:'];
/** Long enough for each of them. */
const WORD_LENGTH = 6;

/**
 * Tells an event stream, JSON (one document or one in each line) and markup apart by how they begin.
 * @param bytes the beginning of a body, without a byte order mark
 * @returns undefined while too little is there to know
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

/** An event stream from its first field on: with a space before its name that field would be none. */
export function fromFirstField(events: Buffer): Buffer {
  return events.subarray(spaceLength(events));
}

/** Nothing but white space. */
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
