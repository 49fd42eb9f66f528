/**
 * Lets the variants take turns, A B C A B C …, so that what else the machine does hits all of them.
 * @template R
 * @param {Record<string, import('./rig.mjs').Variant>} variants
 * @param {number} rounds
 * @param {(variant: import('./rig.mjs').Variant) => Promise<R>} run
 * @returns {Promise<Record<string, R[]>>} one entry a round for each variant
 */
export async function alternate(variants, rounds, run) {
  const results = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  const names = Object.keys(variants);
  for (let round = 0; round < rounds; round += 1) {
    // Every other round backwards, so that a drift of the machine's speed favours no variant.
    for (const name of round % 2 === 0 ? names : names.toReversed())
      results[name].push(await run(variants[name]));
  }
  return results;
}
