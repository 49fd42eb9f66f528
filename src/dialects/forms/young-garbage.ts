import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * V8's own bound is 32 MB of buffers, which an upload would reach although it holds none of them.
 */
const MOST_GARBAGE_BYTES = 4 * 1024 * 1024;

type Collect = (options: { readonly type: 'minor' }) => void;

let collect: Collect | undefined;
let garbageBytes = 0;

/**
 * Accounts for buffers that were passed on and are no longer needed. Their objects are so small
 * that V8 would not free them for a long time; collecting the youngest takes a few milliseconds.
 */
export function passedOn(bytes: number): void {
  garbageBytes += bytes;
  if (garbageBytes < MOST_GARBAGE_BYTES) return;
  garbageBytes = 0;
  collect ??= collector();
  collect({ type: 'minor' });
}

function collector(): Collect {
  setFlagsFromString('--expose-gc');
  const found = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return found;
}
