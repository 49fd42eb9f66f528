/** The properties of a deployment that balancing depends on. */
export interface Candidate {
  /** 0: takes a call only when no other candidate can. */
  readonly weight: number;
  /** Number of calls that are running there. */
  readonly outstanding: number;
  /** The balancer's own state between two decisions. */
  credit: number;
}

export type Strategy = 'weighted' | 'least_busy';

/**
 * Chooses one of at least one candidate.
 * @param random from 0 (inclusive) to 1 (exclusive)
 */
export function pick<Each extends Candidate>(
  strategy: Strategy,
  candidates: readonly [Each, ...Each[]],
  random: () => number = Math.random,
): Each {
  const regular = candidates.filter(({ weight }) => weight > 0);
  const [first, ...others] = regular.length > 0 ? regular : candidates;
  if (others.length === 0) return first!;
  return strategy === 'weighted' ? inTurn([first!, ...others]) : lessBusy([first!, ...others], random);
}

/** Smooth weighted round robin, as in nginx: exact shares without bursts. */
function inTurn<Each extends Candidate>(candidates: readonly [Each, ...Each[]]): Each {
  let [best] = candidates;
  let total = 0;
  for (const candidate of candidates) {
    const weight = candidate.weight || 1;
    candidate.credit += weight;
    total += weight;
    if (candidate.credit > best.credit) best = candidate;
  }
  best.credit -= total;
  return best;
}

/**
 * The less busy of two random candidates: nearly as good as the least busy of all, without a
 * stampede to it.
 */
function lessBusy<Each extends Candidate>(
  candidates: readonly [Each, ...Each[]],
  random: () => number,
): Each {
  const count = candidates.length;
  const one = Math.floor(random() * count);
  const other = (one + 1 + Math.floor(random() * (count - 1))) % count;
  const [a, b] = [candidates[one]!, candidates[other]!];
  return load(b) < load(a) ? b : a;
}

/** Load including the call to be assigned. */
function load({ outstanding, weight }: Candidate): number {
  return (outstanding + 1) / (weight || 1);
}
