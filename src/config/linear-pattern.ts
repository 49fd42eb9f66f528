import { setFlagsFromString } from 'node:v8';

// V8's second engine takes linear time for any pattern that it compiles, on any text.
setFlagsFromString('--enable-experimental-regexp-engine');

/** The flag of that engine. */
const LINEAR = 'l';

/**
 * A regular expression that cannot be slow. Upper and lower case are one; look-around, back-references and the like
 * have no linear time.
 * @returns whether a text holds a match; undefined where there is no such expression
 */
export function linearPattern(source: string): ((text: string) => boolean) | undefined {
  try {
    // The engine knows no flag `i`. Letters behind a backslash are not letters.
    const lower = source.replace(/\\.|[A-Z]/gs, (part) => (part.length > 1 ? part : part.toLowerCase()));
    const pattern = new RegExp(lower, LINEAR);
    return (text) => pattern.test(text.toLowerCase());
  } catch {
    return undefined;
  }
}
