const FAILED = 'Error: ';

/** The text of a failed tool result, for formats that cannot mark it otherwise. */
export function failedText(text: string): string {
  return text.startsWith(FAILED) ? text : FAILED + text;
}
