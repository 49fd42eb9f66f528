/** Bytes from `start` (inclusive) to `end` (exclusive). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Edit extends Span {
  /** The replacement. */
  readonly text: string;
}

/**
 * Applies edits; all other bytes are unchanged.
 * @param edits must not overlap; in any order
 */
export function splice(bytes: Buffer, edits: readonly Edit[]): Buffer {
  if (edits.length === 1) return replace(bytes, edits[0]!);
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
    parts.push(bytes.subarray(at, start), Buffer.from(text));
    at = end;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}

/** `splice` for one edit, the usual case: it copies the bytes once and builds no lists. */
export function replace(bytes: Buffer, { start, end, text }: Edit): Buffer {
  const length = Buffer.byteLength(text);
  const changed = Buffer.allocUnsafe(bytes.length - (end - start) + length);
  bytes.copy(changed, 0, 0, start);
  changed.write(text, start);
  bytes.copy(changed, start + length, end);
  return changed;
}
