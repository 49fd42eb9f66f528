/** One JSON document in each line, as `data` of one event in each. */
export function linesAsEvents(lines: Buffer): string {
  let events = '';
  for (const line of lines.toString().split('\n')) {
    const text = line.trim();
    if (text !== '') events += `data: ${text}\n\n`;
  }
  return events;
}
