const waiting: (() => void)[] = [];

/**
 * Waits for a turn of the event loop in which nobody else who asked does anything. What takes long and cannot be
 * interrupted, such as parsing a large body, is so done once between two looks at the network.
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
