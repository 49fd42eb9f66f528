/** How far the gateway's memory may be from its initial value, once all is quiet. */
const MEMORY_MB = 60;
const MUST_BE_NONE = ['lost', 'hung', 'mismatched'];

/**
 * The reasons why a run failed its goal; empty if it reached it.
 * @returns {string[]}
 */
export function findings({ tally, before, after, reloads, ownFaults }) {
  const found = MUST_BE_NONE.filter((key) => tally.outcomes[key] > 0).map(
    (key) => `${tally.outcomes[key]} ${key}`,
  );
  const leaked = after.upstreamCalls + after.upstreamConnections;
  if (leaked > 0) {
    found.push(`leaked: ${after.upstreamCalls} upstream calls, ${after.upstreamConnections} connections`);
  }
  if (after.files > before.files) found.push(`${after.files - before.files} more open files`);
  const grownMb = after.rssMb - before.rssMb;
  if (grownMb > MEMORY_MB) found.push(`memory grew by ${grownMb.toFixed(0)} MB`);
  // Two changes in quick succession may be read as one.
  if (reloads.taken > reloads.good || reloads.taken < Math.floor(reloads.good / 2)) {
    found.push(`${reloads.good} new configurations, ${reloads.taken} taken`);
  }
  if (ownFaults.length > 0) found.push(`${ownFaults.length} faults of the gateway's own: ${ownFaults[0]}`);
  if ((tally.outcomes.whole ?? 0) === 0) found.push('no whole answer at all');
  return found;
}

/** Prints what happened, what was left behind, and whether the goal was reached. */
export function printSoak(result) {
  const { tally, before, after, memory, dealt, reloads } = result;
  const count = (key) => tally.outcomes[key] ?? 0;
  const mb = (value) => `${value.toFixed(0)} MB`;
  const lines = [
    '',
    `requests            ${tally.requests}`,
    `  whole answers     ${count('whole')}`,
    `  clean errors      ${count('error')}`,
    `  in-band errors    ${count('in-band')}`,
    `  callers who left  ${count('left')}`,
    `  lost              ${count('lost')}`,
    `  hung              ${count('hung')}`,
    `  mismatched        ${count('mismatched')}`,
    '',
    `by model            ${Object.entries(tally.models)
      .map(([name, outcomes]) => `${name} ${short(outcomes)}`)
      .join('; ')}`,
    `errors              ${short(tally.codes)}`,
    `configurations      ${reloads.good} good and ${reloads.broken} broken ones written, ${reloads.taken} taken`,
    `faults dealt        ${short(dealt)}`,
    '',
    '                        before     after',
    row('memory', mb(before.rssMb), `${mb(after.rssMb)} (most ${mb(memory.peakMb)})`),
    row('  in the heap', mb(before.heapMb), mb(after.heapMb)),
    row('  kept for it', mb(before.reservedMb), mb(after.reservedMb)),
    row('  beside the heap', mb(before.buffersMb), mb(after.buffersMb)),
    `  meanwhile         ${memory.tenthsMb.map((value) => value.toFixed(0)).join(', ')} MB`,
    row('open files', before.files, after.files),
    row('upstream calls', before.upstreamCalls, after.upstreamCalls),
    row('upstream connections', before.upstreamConnections, after.upstreamConnections),
    '',
    ...tally.samples,
  ];
  const found = findings(result);
  lines.push(found.length === 0 ? 'The goal was reached.' : `The goal was MISSED: ${found.join('; ')}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function row(name, before, after) {
  return `${name.padEnd(20)}${String(before).padStart(10)}  ${String(after).padStart(8)}`;
}

function short(counts) {
  return Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}
