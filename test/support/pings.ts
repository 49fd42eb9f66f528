import { setTimeout as sleep } from 'node:timers/promises';

let arePingsOver = false;

/** One call after the other. */
export function startPings(call: () => Promise<Response>): { longest(): Promise<number> } {
  let longest = 0;
  let isOver = false;
  const running = (async () => {
    while (!isOver && !arePingsOver) {
      const startedAt = performance.now();
      const response = await call();
      await response.arrayBuffer();
      expect(response.status).toBe(200);
      longest = Math.max(longest, performance.now() - startedAt);
      await sleep(5);
    }
  })();
  running.catch(() => undefined);
  return {
    longest: async () => {
      isOver = true;
      await running;
      return longest;
    },
  };
}

/** For a whole spec: pings of a test that fails end with it. */
export function endPingsAfterEach(): void {
  beforeEach(() => {
    arePingsOver = false;
  });
  // A test that fails leaves none behind.
  afterEach(() => {
    arePingsOver = true;
  });
}
