/**
 * The quantities that can be plotted: the amount in a row, and how many of its calls the amount
 * does not include.
 */
export const MEASURES = {
  cost: { amount: (row) => row.cost_usd ?? 0, missing: (row) => row.unpriced_requests },
  tokens: {
    amount: (row) => row.prompt_tokens + row.completion_tokens,
    missing: (row) => row.uncounted_requests,
  },
  requests: { amount: (row) => row.requests, missing: () => 0 },
};

const SUMMED = [
  'requests',
  'errors',
  'prompt_tokens',
  'cached_tokens',
  'completion_tokens',
  'uncounted_requests',
  'unpriced_requests',
];
const SHOWN = 5;

/** The sum of rows. The cost is null if calls used something and no cost is known. */
export function sumOf(rows) {
  const sum = Object.fromEntries(SUMMED.map((name) => [name, 0]));
  let cost = 0;
  let isKnown = false;
  for (const row of rows) {
    for (const name of SUMMED) sum[name] += row[name] ?? 0;
    if (row.cost_usd === null) continue;
    cost += row.cost_usd;
    isKnown = true;
  }
  return { ...sum, cost_usd: isKnown || sum.unpriced_requests === 0 ? cost : null };
}

/**
 * The groups of rows with the largest amounts, and one for all others.
 * @returns {{ name: string | null | undefined, others?: number, rows: object[], sum: object }[]} name: null for none
 */
export function groupsOf(rows, by, measure) {
  const byName = new Map();
  for (const row of rows) byName.set(row[by], [...(byName.get(row[by]) ?? []), row]);
  const { amount, missing } = MEASURES[measure];
  const groups = [...byName]
    .map(([name, its]) => ({ name, rows: its, sum: sumOf(its) }))
    .sort((a, b) => amount(b.sum) - amount(a.sum) || missing(b.sum) - missing(a.sum));
  if (groups.length <= SHOWN + 1) return groups;
  const others = groups.slice(SHOWN);
  const rest = others.flatMap((group) => group.rows);
  return [
    ...groups.slice(0, SHOWN),
    { name: undefined, others: others.length, rows: rest, sum: sumOf(rest) },
  ];
}
