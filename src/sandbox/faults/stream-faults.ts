import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import { DONE_EVENT } from '../chat/chat-stream.js';
import { type Fault, type FaultOf } from './faults.js';
import { type IntendedAnswer, STREAM_HEADERS, writeEvents } from '../response/intended-answer.js';
import { type OpenAnswer } from '../response/open-answer.js';

/** The role and two words: enough for the client to have received something. */
const EVENTS_BEFORE_FAULT = 3;

/** Applies a fault to the events of a stream. */
export async function spoilStream(answer: OpenAnswer, fault: Fault, intended: IntendedAnswer): Promise<void> {
  const headers = { ...STREAM_HEADERS };
  if (fault.kind === 'wrong_content_type')
    headers['content-type'] = fault.content_type ?? 'text/plain; charset=utf-8';
  if (fault.kind === 'gzip') headers['content-encoding'] = 'gzip';
  answer.head(200, headers);

  const events = [...intended.events()];
  const after = 'after' in fault ? (fault.after ?? EVENTS_BEFORE_FAULT) : EVENTS_BEFORE_FAULT;
  const before = events.slice(0, after);
  const delayMs = intended.chunkDelayMs;
  switch (fault.kind) {
    case 'cut':
      await writeEvents(answer, before, delayMs);
      await answer.writeThrough('');
      return answer.drop();
    case 'cut_inside_event': {
      await writeEvents(answer, before, delayMs);
      const next = events[after] ?? DONE_EVENT;
      await answer.writeThrough(next.slice(0, Math.floor(next.length / 2)));
      return answer.drop();
    }
    case 'end_early':
      await writeEvents(answer, before, delayMs);
      return answer.end();
    case 'stall':
      await writeEvents(answer, before, delayMs);
      return stall(answer, fault);
    case 'error_event': {
      await writeEvents(answer, before, delayMs);
      const error = fault.error ?? {
        message: 'The sandbox was told to fail here.',
        type: 'server_error',
        param: null,
        code: 'sandbox_fault',
      };
      return answer.end(intended.failures.errorEvent(error));
    }
    case 'malformed_event':
      await writeEvents(answer, before, delayMs);
      await answer.write(`${fault.line ?? 'data: {"id": this is not JSON'}\n\n`);
      await writeEvents(answer, events.slice(after), delayMs);
      return answer.end();
    case 'no_done':
      await writeEvents(
        answer,
        events.filter((event) => !intended.failures.isDone(event)),
        delayMs,
      );
      return answer.end();
    case 'crlf':
      await writeEvents(answer, withCrlf(events), delayMs);
      return answer.end();
    case 'split_bytes':
      await writeSplit(
        answer,
        Buffer.from((fault.crlf === true ? withCrlf(events) : events).join('')),
        fault,
      );
      return answer.end();
    case 'gzip':
      return sendGzipped(answer, events, delayMs);
    default:
      await writeEvents(answer, events, delayMs);
      return answer.end();
  }
}

async function stall(answer: OpenAnswer, { comment_every_ms: everyMs }: FaultOf<'stall'>): Promise<void> {
  answer.flushHead();
  if (everyMs === undefined) return answer.hang();
  while (!answer.closed) {
    await answer.write(': still here\n\n');
    await answer.pause(everyMs);
  }
}

/** Comments occur alone and next to a field, because both are allowed. */
function withCrlf(events: readonly string[]): string[] {
  const framed = events.map((event, index) => (index % 2 === 0 ? event : `: sandbox comment\n${event}`));
  return [': the sandbox is listening\n\n', ...framed].map((event) => event.replaceAll('\n', '\r\n'));
}

async function writeSplit(
  answer: OpenAnswer,
  bytes: Buffer,
  { size = 1 }: FaultOf<'split_bytes'>,
): Promise<void> {
  for (let at = 0; at < bytes.length && !answer.closed; at += size) {
    await answer.write(bytes.subarray(at, at + size));
    await answer.breathe();
  }
}

async function sendGzipped(answer: OpenAnswer, events: readonly string[], delayMs: number): Promise<void> {
  const gzip = createGzip();
  const packed = (async () => {
    for await (const bytes of gzip) await answer.write(bytes as Buffer);
  })();
  for (const event of events) {
    if (answer.closed) break;
    if (!gzip.write(event)) await once(gzip, 'drain');
    // Without a flush the whole stream would be sent in one piece.
    await new Promise<void>((resolve) => gzip.flush(() => resolve()));
    if (delayMs > 0) await answer.pause(delayMs);
  }
  gzip.end();
  await packed;
  answer.end();
}
