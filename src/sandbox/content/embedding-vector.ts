import { seededRandom } from '../faults/seeded-random.js';

/**
 * All vectors are cut from this many numbers, so that a shorter one is the start of a longer one.
 */
export const MOST_DIMENSIONS = 4096;
const LETTERS = /[\p{L}\p{N}]+/gu;
const IDEOGRAPH = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/u;
/** Enough for any text of a trial; further pieces are ignored. */
const MOST_PIECES = 4096;

/** The pieces by which texts are compared: lower-case words or single ideographs. */
export function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (const [word] of text.slice(0, MOST_PIECES * 8).matchAll(LETTERS)) {
    if (IDEOGRAPH.test(word)) pieces.push(...Array.from(word));
    else pieces.push(word.toLowerCase());
  }
  return pieces.length === 0 ? [text] : pieces.slice(0, MOST_PIECES);
}

/**
 * A vector of length 1. The same pieces always have the same vector, and texts with pieces in
 * common have similar ones.
 * @returns numbers that 32 bits represent exactly
 */
export function vectorOf(pieces: readonly (string | number)[], dimensions: number): Float32Array {
  const sums = new Float64Array(dimensions);
  for (const piece of pieces) {
    const random = seededRandom(hashOf(String(piece)));
    for (let index = 0; index < dimensions; index += 1) sums[index]! += random() - 0.5;
  }
  let square = 0;
  for (const sum of sums) square += sum * sum;
  const length = Math.sqrt(square) || 1;
  return Float32Array.from(sums, (sum) => sum / length);
}

/** FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
