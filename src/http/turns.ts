/** In the order of their calls. */
const waiting: (() => void)[] = [];

/**
 * Resolves in a turn of the event loop in which no other waiter is resolved. So of long work that cannot be
 * interrupted, such as parsing a large body, one piece is done between two polls of the network.
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
