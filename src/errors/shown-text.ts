const MAX_LENGTH = 200;
/** The first half of a pair of UTF-16. */
const HALF_CHARACTER = /[\ud800-\udbff]$/;

/** What a client wrote, as a message repeats it: at most 200 characters, so that no response is as long as its request. */
export function shown(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH).replace(HALF_CHARACTER, '')}…`;
}
