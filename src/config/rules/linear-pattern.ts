import { setFlagsFromString } from 'node:v8';

// V8's experimental engine runs every pattern that it compiles in linear time.
setFlagsFromString('--enable-experimental-regexp-engine');

/** The flag that selects this engine. */
const LINEAR = 'l';

/**
 * Compiles a case-insensitive regular expression that runs in linear time. Look-around and back-references are not
 * supported.
 * @returns a function that tests a text for a match; undefined when the pattern cannot be compiled
 */
export function linearPattern(source: string): ((text: string) => boolean) | undefined {
  try {
    // The engine has no flag `i`. A letter after a backslash is part of an escape and keeps its case.
    const lower = source.replace(/\\.|[A-Z]/gs, (part) => (part.length > 1 ? part : part.toLowerCase()));
    const pattern = new RegExp(lower, LINEAR);
    return (text) => pattern.test(text.toLowerCase());
  } catch {
    return undefined;
  }
}
