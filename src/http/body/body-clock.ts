/** Longest and shortest interval between two checks for stalled bodies. */
const MAX_CHECK_MS = 1000;
const MIN_CHECK_MS = 20;

/** A request body that is still being received. */
export interface ArrivingBody {
  /** How long it may make no progress, in milliseconds; Infinity = no limit. */
  readonly idleMs: number;
  /** Bytes that have arrived. */
  receivedBytes: number;
  /** Index in the list of watched bodies, kept by the clock; -1 = not watched. */
  index: number;
  /**
   * Bytes received at the last check, and since when that number has not changed
   * (`performance.now()`); kept by the clock.
   */
  seenBytes: number;
  seenSince: number;
  /** Called once, after the clock has dropped the body. */
  onIdle(): void;
}

/** An array, because a Map would add a tenth to the time of a small request; see `RunningCalls`. */
const arriving: ArrivingBody[] = [];
let timer: NodeJS.Timeout | undefined;
let checkMs = MAX_CHECK_MS;

/**
 * Watches a body until `unwatchBody`. All bodies share one timer: nearly every body is complete before it
 * would fire, and a timer for each would cost more than reading the body.
 */
export function watchBody(body: ArrivingBody): void {
  if (body.idleMs === Infinity) return;
  body.index = arriving.length;
  body.seenSince = performance.now();
  arriving.push(body);
  const wanted = Math.max(MIN_CHECK_MS, Math.min(MAX_CHECK_MS, body.idleMs / 4));
  if (timer !== undefined && wanted >= checkMs) return;
  clearInterval(timer);
  checkMs = wanted;
  timer = setInterval(check, checkMs).unref();
}

export function unwatchBody(body: ArrivingBody): void {
  if (body.index < 0) return;
  // The last body moves into the gap.
  const last = arriving.pop()!;
  if (last !== body) {
    last.index = body.index;
    arriving[body.index] = last;
  }
  body.index = -1;
}

function check(): void {
  if (arriving.length === 0) {
    clearInterval(timer);
    timer = undefined;
    checkMs = MAX_CHECK_MS;
    return;
  }
  const now = performance.now();
  // Iterates over a copy, because idle bodies leave the list during the loop.
  for (const body of arriving.slice()) {
    if (body.seenBytes !== body.receivedBytes) {
      body.seenBytes = body.receivedBytes;
      body.seenSince = now;
    } else if (body.index >= 0 && now - body.seenSince >= body.idleMs) {
      unwatchBody(body);
      body.onIdle();
    }
  }
}
