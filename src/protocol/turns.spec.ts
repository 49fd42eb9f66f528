import { setImmediate as aTurn } from 'node:timers/promises';
import { nextTurn } from './turns.js';

/** How many turns of the event loop pass before all of them have had theirs, and in which each had it. */
async function turnsOf(waiters: number): Promise<number[]> {
  const had: number[] = [];
  let turn = 0;
  for (let i = 0; i < waiters; i++) void nextTurn().then(() => had.push(turn));
  while (had.length < waiters && turn < 1000) {
    await aTurn();
    turn++;
  }
  return had;
}

describe('nextTurn', () => {
  it('gives each waiter a turn of its own, in their order', async () => {
    const had = await turnsOf(5);
    expect(new Set(had).size).toBe(5);
    expect(had).toEqual(had.toSorted((a, b) => a - b));
  });
});
