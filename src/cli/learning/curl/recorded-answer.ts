import { sseEvents } from '../../../dialects/framing/sse-events.js';
import { parseExactJson } from '../../../protocol/json.js';

/** An event of a stream, as the expressions of a model see it. */
export interface RecordedEvent {
  /** The name; undefined if the format has none. */
  readonly event?: string;
  /** Parsed if it is JSON. */
  readonly data: unknown;
}

export type AnswerFormat = 'json' | 'sse' | 'ndjson' | 'text' | 'empty';

/** The response to a command. */
export interface RecordedAnswer {
  /** The file, for messages. */
  readonly file: string;
  /** Undefined if no head was recorded. */
  readonly status: number | undefined;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: Readonly<Record<string, string>>;
  readonly format: AnswerFormat;
  readonly text: string;
  /** The parsed body of a JSON response. */
  readonly json?: unknown;
  /** The events of a stream. */
  readonly events: readonly RecordedEvent[];
}

const HEAD = /^HTTP\/[\d.]+ (\d{3})[^\n]*\n((?:[^\n:]+:[^\n]*\n)*)\n/;

/** Reads a response: a body, or a head and a body as `curl -i` prints them. */
export function readAnswer(recorded: string, file: string): RecordedAnswer {
  let text = recorded.replace(/^\uFEFF/, '');
  let status: number | undefined;
  const headers: Record<string, string> = {};
  const cookies: Record<string, string> = {};
  if (text.startsWith('HTTP/')) {
    let rest = text.replaceAll('\r\n', '\n');
    // There is one head for each redirect that was followed, and for `100 Continue`.
    for (let head = HEAD.exec(`${rest}\n\n`); head !== null; head = HEAD.exec(`${rest}\n\n`)) {
      status = Number(head[1]);
      for (const name of Object.keys(headers)) delete headers[name];
      for (const line of head[2]!.split('\n').filter(Boolean)) readHeader(line, headers, cookies);
      rest = rest.slice(head[0].length);
    }
    text = rest;
  }
  return { file, status, headers, cookies, text, ...contentOf(text, headers['content-type'] ?? '') };
}

function readHeader(line: string, headers: Record<string, string>, cookies: Record<string, string>): void {
  const at = line.indexOf(':');
  const name = line.slice(0, at).trim().toLowerCase();
  const value = line.slice(at + 1).trim();
  const cookie = name === 'set-cookie' ? /^([^=;]+)=([^;]*)/.exec(value) : null;
  if (cookie !== null) cookies[cookie[1]!.trim()] = cookie[2]!;
  else headers[name] = value;
}

function contentOf(text: string, type: string): Pick<RecordedAnswer, 'format' | 'json' | 'events'> {
  const body = text.trim();
  if (body === '') return { format: 'empty', events: [] };
  const json = parseExactJson(body);
  if (json !== undefined && !/ndjson|event-stream/.test(type)) return { format: 'json', json, events: [] };
  if (type.includes('event-stream') || /^(?:(?:data|event|id|retry|message):|:)/m.test(body.slice(0, 2000))) {
    // A recording may end before the blank line after its last event.
    const events = [...sseEvents(`${text.replaceAll(/\r\n?/g, '\n')}\n\n`)].map(({ event, data }) => ({
      ...(event !== undefined && { event }),
      data: parseExactJson(data) ?? data,
    }));
    if (events.length > 0) return { format: 'sse', events };
  }
  const lines = body.split(/\n+/).map((line) => ({ data: parseExactJson(line.trim()) }));
  if (lines.every(({ data }) => typeof data === 'object' && data !== null))
    return { format: 'ndjson', events: lines };
  return { format: 'text', events: [] };
}
