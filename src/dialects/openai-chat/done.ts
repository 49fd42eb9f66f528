import { type SseBoundary } from '../framing/sse-boundary.js';

export const SSE_DONE = 'data: [DONE]\n\n';

/** A line that contains it, even without the field's name. */
export const DONE_LINE = /(?<=^|[\r\n])(?:data:)?[ \t]*["']?\[DONE\][^\r\n]*/;

const UNFINISHED = /^(?:[^\r\n]*(?:\r\n|\n|\r))?(?:data:)?[ \t]*["']?\[DONE\]["']?\s*$/;
const DONE_LENGTH = '[DONE]'.length;
/** Longest event that can be `[DONE]`, with a line before it. */
const MAX_DONE_BYTES = 64;

/**
 * Whether the `data` of an event ends the stream; some services quote it, or put more spaces before
 * it.
 */
export function isDone(data: string): boolean {
  return /^\s*["']?\[DONE\]/.test(data);
}

/** Whether the unfinished event is `[DONE]`: nothing follows it, so its empty line may never come. */
export function holdsDone(boundary: SseBoundary): boolean {
  const { heldLength } = boundary;
  if (heldLength < DONE_LENGTH || heldLength > MAX_DONE_BYTES) return false;
  return UNFINISHED.test(boundary.rest().toString('latin1'));
}
