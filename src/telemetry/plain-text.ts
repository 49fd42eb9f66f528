import { stringifyJson } from '../protocol/json.js';

/**
 * What steers a terminal or turns the order of its characters: C0 without tab and line feed, DEL, C1, and the marks
 * of bidirectional text (Unicode 16, UAX #9). One code unit each, so that no cut hides one; emoji keep their joiners.
 */
const STEERING = /(?![\t\n])\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const STEERING_ONE = new RegExp(STEERING.source, 'u');
const JSON_ESCAPE = /\\(?:u[0-9a-fA-F]{4}|.)/g;

/** A text from the network, without what steers a terminal. */
export function plainText(text: string): string {
  return text.replaceAll(STEERING, '');
}

/** A line of JSON whose strings will be unescaped and shown, without what steers a terminal. */
export function plainJsonLine(line: string): string {
  return (
    plainText(line.slice(0, -1)).replaceAll(JSON_ESCAPE, (escape) => {
      const character =
        escape.length > 2 ? String.fromCharCode(Number.parseInt(escape.slice(2), 16)) : escape;
      return STEERING_ONE.test(character) || /^\\[bfr]$/.test(escape) ? '' : escape;
    }) + line.slice(-1)
  );
}

/** JSON for programs keeps every character, and spells out those that would steer a terminal. */
export function plainJson(value: unknown): string {
  return stringifyJson(value, 2).replaceAll(
    STEERING,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
