/** How often bodies that stand still are looked for, at most and at least. */
const MAX_CHECK_MS = 1000;
const MIN_CHECK_MS = 20;

/** A body on its way. */
export interface ArrivingBody {
  /** How long it may make no progress; Infinity = any. */
  readonly idleMs: number;
  /** Bytes that have arrived. */
  receivedBytes: number;
  /** Called once, after it was taken off the clock. */
  onIdle(): void;
}

/** What the last check saw of a body, and since when it has been so. */
interface Sight {
  receivedBytes: number;
  since: number;
}

const arriving = new Map<ArrivingBody, Sight>();
let timer: NodeJS.Timeout | undefined;
let checkMs = MAX_CHECK_MS;

/**
 * Watches a body until `unwatchBody`. One timer serves all of them: nearly every body is whole before it would fire,
 * and starting one for each would cost more than reading it.
 */
export function watchBody(body: ArrivingBody): void {
  if (body.idleMs === Infinity) return;
  arriving.set(body, { receivedBytes: 0, since: performance.now() });
  const wanted = Math.max(MIN_CHECK_MS, Math.min(MAX_CHECK_MS, body.idleMs / 4));
  if (timer !== undefined && wanted >= checkMs) return;
  clearInterval(timer);
  checkMs = wanted;
  timer = setInterval(check, checkMs).unref();
}

export function unwatchBody(body: ArrivingBody): void {
  arriving.delete(body);
}

function check(): void {
  if (arriving.size === 0) {
    clearInterval(timer);
    timer = undefined;
    checkMs = MAX_CHECK_MS;
    return;
  }
  const now = performance.now();
  for (const [body, sight] of arriving) {
    if (sight.receivedBytes !== body.receivedBytes) {
      sight.receivedBytes = body.receivedBytes;
      sight.since = now;
    } else if (now - sight.since >= body.idleMs) {
      arriving.delete(body);
      body.onIdle();
    }
  }
}
