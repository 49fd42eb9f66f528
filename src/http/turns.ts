/** In calling order. */
const waiting: (() => void)[] = [];

/**
 * Resolves in a turn of the event loop in which no other waiter is resolved. So long work that cannot be
 * interrupted, such as parsing a large body, is done one piece between two polls of the network.
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
