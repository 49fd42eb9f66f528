import { stringifyJson } from '../../protocol/json.js';

/**
 * Characters that control a terminal or change text direction: C0 except tab and line feed, DEL,
 * C1, and bidirectional marks (Unicode 16, UAX #9). Each is one code unit, so truncation cannot
 * split one; emoji keep their joiners.
 */
const STEERING = /(?![\t\n])\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const STEERING_ONE = new RegExp(STEERING.source, 'u');
const JSON_ESCAPE = /\\(?:u[0-9a-fA-F]{4}|.)/g;

/** Removes terminal control characters from a text from the network. */
export function plainText(text: string): string {
  return text.replaceAll(STEERING, '');
}

/**
 * Removes terminal control characters from a line of JSON whose strings will be unescaped and
 * shown.
 */
export function plainJsonLine(line: string): string {
  return (
    plainText(line.slice(0, -1)).replaceAll(JSON_ESCAPE, (escape) => {
      const character =
        escape.length > 2 ? String.fromCharCode(Number.parseInt(escape.slice(2), 16)) : escape;
      return STEERING_ONE.test(character) || /^\\[bfr]$/.test(escape) ? '' : escape;
    }) + line.slice(-1)
  );
}

/** Serializes to JSON, escaping terminal control characters rather than removing them. */
export function plainJson(value: unknown): string {
  return stringifyJson(value, 2).replaceAll(
    STEERING,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
