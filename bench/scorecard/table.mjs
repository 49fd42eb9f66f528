import { PROTECTIONS } from './protections.mjs';

/**
 * Prints the scorecard as a Markdown table.
 * @param {readonly { row: import('./rows.mjs').Row, cells: readonly { seen: string, ms?: number, wrong?: string }[] }[]} lines
 */
export function printScorecard(lines) {
  const head = ['fault', 'call', ...PROTECTIONS.map(({ title }) => title)];
  const rows = lines.map(({ row, cells }) => [
    row.title,
    row.isStream ? 'stream' : 'JSON',
    ...cells.map(cellText),
  ]);
  const red = lines.flatMap(({ cells }) => cells).filter(({ wrong }) => wrong !== undefined).length;
  const count = lines.flatMap(({ cells }) => cells).filter(({ ms }) => ms !== undefined).length;
  process.stdout.write(
    [
      `${new Date().toISOString().slice(0, 10)}, npm run scorecard, Node ${process.version}: ${count} cells, ${red} red`,
      '',
      ...[head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`),
      '',
    ].join('\n'),
  );
}

function cellText({ seen, ms, wrong }) {
  const text = ms === undefined ? seen : `${seen.replaceAll('|', '/')}, ${ms} ms`;
  return wrong === undefined ? text : `🔴 ${text} (${wrong})`;
}
