/** How often bodies that stand still are looked for, at most and at least. */
const MAX_CHECK_MS = 1000;
const MIN_CHECK_MS = 20;

/** A body on its way. */
export interface ArrivingBody {
  /** How long it may make no progress, in milliseconds; Infinity = any time. */
  readonly idleMs: number;
  /** Bytes that have arrived. */
  receivedBytes: number;
  /** Its index among those that are watched; the clock's own note. -1 = it is not. */
  place: number;
  /** What the last check saw of it, and since when it has been so, by `performance.now()`; the clock's own notes. */
  seenBytes: number;
  seenSince: number;
  /** Called once, after it was taken off the clock. */
  onIdle(): void;
}

/** An array and not a Map, which costs a small request a tenth of its time: see `Drain`. */
const arriving: ArrivingBody[] = [];
let timer: NodeJS.Timeout | undefined;
let checkMs = MAX_CHECK_MS;

/**
 * Watches a body until `unwatchBody`. One timer serves all of them: nearly every body is whole before it would fire,
 * and starting one for each would cost more than reading it.
 */
export function watchBody(body: ArrivingBody): void {
  if (body.idleMs === Infinity) return;
  body.place = arriving.length;
  body.seenSince = performance.now();
  arriving.push(body);
  const wanted = Math.max(MIN_CHECK_MS, Math.min(MAX_CHECK_MS, body.idleMs / 4));
  if (timer !== undefined && wanted >= checkMs) return;
  clearInterval(timer);
  checkMs = wanted;
  timer = setInterval(check, checkMs).unref();
}

export function unwatchBody(body: ArrivingBody): void {
  if (body.place < 0) return;
  // The last one moves into the gap.
  const last = arriving.pop()!;
  if (last !== body) {
    last.place = body.place;
    arriving[body.place] = last;
  }
  body.place = -1;
}

function check(): void {
  if (arriving.length === 0) {
    clearInterval(timer);
    timer = undefined;
    checkMs = MAX_CHECK_MS;
    return;
  }
  const now = performance.now();
  // A copy: bodies leave as they are found idle.
  for (const body of arriving.slice()) {
    if (body.seenBytes !== body.receivedBytes) {
      body.seenBytes = body.receivedBytes;
      body.seenSince = now;
    } else if (body.place >= 0 && now - body.seenSince >= body.idleMs) {
      unwatchBody(body);
      body.onIdle();
    }
  }
}
