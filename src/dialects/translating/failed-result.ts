const FAILED = 'Error: ';

/** The words of a failed tool result, for formats that have no other mark of it. */
export function failedText(text: string): string {
  return text.startsWith(FAILED) ? text : FAILED + text;
}
