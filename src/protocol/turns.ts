/** Reading larger bodies takes so long that other work must run in between. */
export const LARGE_BODY_BYTES = 65_536;

/** How long work in many small pieces may run before other work gets a turn. */
export const LONGEST_TURN_MS = 10;

/** In calling order. */
const waiting: (() => void)[] = [];

/**
 * Resolves in a turn of the event loop in which no other waiter is resolved. Long uninterruptible
 * work, such as parsing a large body, is thus done one piece at a time, between two polls of the
 * network.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(take);
  });
}

function take(): void {
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(take);
}
