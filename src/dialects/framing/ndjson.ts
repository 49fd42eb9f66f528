/** Turns each line, one JSON document, into the `data` of an event. */
export function linesAsEvents(lines: Buffer): string {
  let events = '';
  for (const line of lines.toString().split('\n')) {
    const text = line.trim();
    if (text !== '') events += `data: ${text}\n\n`;
  }
  return events;
}
