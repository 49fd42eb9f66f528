import { isUtf8 } from 'node:buffer';
import { endOfPlain, endOfScalar, endOfString, ended, skipSpace } from './json-tokens.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const LF = 0x0a;
const LOWER_U = 0x75;
const CHUNK_BYTES = 4096;

/** A position in a text, for people. */
export interface TextPosition {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in characters. */
  readonly column: number;
}

/**
 * Reads a text a second time to find the error, because the scan that every request passes does not
 * record it.
 * @returns the offset of the first byte that is invalid there; the length for a text that ends too
 * early, or that is valid
 */
export function jsonFaultAt(text: Buffer): number {
  const { length } = text;
  const json = ended(text);
  /** The byte that closes each open container. */
  const closers: number[] = [];
  let at = skipSpace(json, 0);
  for (;;) {
    if (closers.at(-1) === CLOSE_BRACE) {
      if (json[at] !== QUOTE) return at;
      const end = endOfString(json, at + 1);
      if (end < 0) return stringFaultAt(json, at + 1);
      at = skipSpace(json, end);
      if (json[at] !== COLON) return at;
      at = skipSpace(json, at + 1);
    }
    const first = json[at];
    if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      const closer = first === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET;
      at = skipSpace(json, at + 1);
      if (json[at] !== closer) {
        closers.push(closer);
        continue;
      }
      at++;
    } else {
      const end = first === QUOTE ? endOfString(json, at + 1) : endOfScalar(json, at);
      if (end < 0) return first === QUOTE ? stringFaultAt(json, at + 1) : at;
      at = end;
    }
    at = skipSpace(json, at);
    while (closers.length > 0 && json[at] === closers.at(-1)) {
      closers.pop();
      at = skipSpace(json, at + 1);
    }
    if (closers.length === 0 || json[at] !== COMMA) return Math.min(at, length);
    at = skipSpace(json, at + 1);
  }
}

/** @param at after the opening quote of an invalid string */
function stringFaultAt(json: Buffer, at: number): number {
  for (;;) {
    at = endOfPlain(json, at);
    // A string of only this escape shows whether the escape is valid.
    if (json[at] !== BACKSLASH) return at;
    const escape = json.subarray(at, at + (json[at + 1] === LOWER_U ? 6 : 2));
    if (endOfString(Buffer.concat([escape, Buffer.from('"')]), 0) < 0) return at;
    at += escape.length;
  }
}

/**
 * The offset of the first character that is not UTF-8, or is truncated; the length if there is
 * none.
 */
export function utf8FaultAt(bytes: Buffer): number {
  let at = 0;
  for (const step of [CHUNK_BYTES, 1]) {
    while (at < bytes.length) {
      let next = Math.min(at + step, bytes.length);
      while (isContinuation(bytes[next]!)) next++;
      if (!isUtf8(bytes.subarray(at, next))) break;
      at = next;
    }
  }
  // A one-byte character is valid by itself, so the error is in the next one.
  return bytes[at]! < 0x80 ? at + 1 : at;
}

export function positionOf(text: Buffer, offset: number): TextPosition {
  let line = 1;
  let lineStart = 0;
  for (let end = text.indexOf(LF); end >= 0 && end < offset; end = text.indexOf(LF, lineStart)) {
    line++;
    lineStart = end + 1;
  }
  let column = 1;
  for (let at = lineStart; at < offset; at++) if (!isContinuation(text[at]!)) column++;
  return { line, column };
}

/** Whether a byte is a continuation byte of UTF-8. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
