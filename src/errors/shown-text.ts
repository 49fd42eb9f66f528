const MAX_LENGTH = 200;
/** A high surrogate at the end of a text. */
const HALF_CHARACTER = /[\ud800-\udbff]$/;

/**
 * Shortens a client's text to 200 characters for a message, so that a response cannot become as
 * long as its request.
 */
export function shown(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH).replace(HALF_CHARACTER, '')}…`;
}
