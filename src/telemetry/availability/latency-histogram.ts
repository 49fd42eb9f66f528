/** Number of bins. The upper bound grows by a quarter per bin, from 1 ms to about 21 minutes. */
export const BIN_COUNT = 64;

const GROWTH = 1.25;
const BINS_PER_UNIT = 1 / Math.log(GROWTH);

/** The bin of a duration in milliseconds. */
export function binOf(ms: number): number {
  return ms <= 1 ? 0 : Math.min(BIN_COUNT - 1, Math.ceil(Math.log(ms) * BINS_PER_UNIT));
}

/**
 * A quantile in milliseconds, with an error of at most a quarter.
 * @param counts one count per bin
 * @returns undefined if nothing was counted
 */
export function quantile(counts: Uint32Array, share: number): number | undefined {
  let total = 0;
  for (const count of counts) total += count;
  if (total === 0) return undefined;
  const rank = share * total;
  let below = 0;
  for (let bin = 0; bin < BIN_COUNT; bin++) {
    const count = counts[bin]!;
    if (count > 0 && below + count >= rank) {
      const from = bin === 0 ? 0 : GROWTH ** (bin - 1);
      return from + (GROWTH ** bin - from) * Math.min(1, Math.max(0, (rank - below) / count));
    }
    below += count;
  }
  return GROWTH ** (BIN_COUNT - 1);
}
