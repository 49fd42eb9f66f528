import { stringifyJson } from './json.js';

/** The `data` of each event in a piece of text that begins and ends between events. */
export function* sseData(text: string): Generator<string> {
  let data: string | undefined;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === '') {
      if (data !== undefined) yield data;
      data = undefined;
    } else if (line.startsWith('data:')) {
      const value = line.slice(line[5] === ' ' ? 6 : 5);
      data = data === undefined ? value : `${data}\n${value}`;
    }
  }
  if (data !== undefined) yield data;
}

/** One event with this object as its data. */
export function sseEvent(data: unknown): string {
  return `data: ${stringifyJson(data)}\n\n`;
}

export const SSE_DONE = 'data: [DONE]\n\n';

/** Whether the `data` of an event says that the stream has ended: some services quote it, or put more spaces before it. */
export function isDone(data: string): boolean {
  return /^\s*["']?\[DONE\]/.test(data);
}

/** A line that says it, the field's name left out included. */
export const DONE_LINE = /(?<=^|[\r\n])(?:data:)?[ \t]*["']?\[DONE\][^\r\n]*/;
