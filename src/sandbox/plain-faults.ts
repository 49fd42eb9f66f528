import { type OutgoingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Fault } from './faults.js';
import { type IntendedAnswer, JSON_TYPE } from './intended-answer.js';
import { type OpenAnswer } from './open-answer.js';

const SLICE_BYTES = 64 * 1024;

/** Sends a whole body, as fast as the client reads it; `status` defaults to 200. */
export async function sendPlain(
  answer: OpenAnswer,
  body: string | Buffer,
  { status = 200, ...headers }: OutgoingHttpHeaders & { status?: number } = {},
): Promise<void> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  answer.head(status, { 'content-type': JSON_TYPE, ...headers, 'content-length': bytes.length });
  for (let at = 0; at + SLICE_BYTES < bytes.length; at += SLICE_BYTES) {
    if (answer.closed) return;
    await answer.write(bytes.subarray(at, at + SLICE_BYTES));
  }
  answer.end(bytes.subarray(Math.max(0, Math.ceil(bytes.length / SLICE_BYTES) - 1) * SLICE_BYTES));
}

/** Spoils the bytes of a response that is not a stream. */
export async function spoilPlain(answer: OpenAnswer, fault: Fault, intended: IntendedAnswer): Promise<void> {
  const body = Buffer.from(intended.json());
  const half = body.subarray(0, Math.floor(body.length / 2));
  switch (fault.kind) {
    case 'truncated_json':
      return sendPlain(answer, half);
    case 'cut':
      answer.head(200, { 'content-type': JSON_TYPE, 'content-length': body.length });
      await answer.writeThrough(half);
      return answer.drop();
    case 'stall':
      answer.head(200, { 'content-type': JSON_TYPE, 'content-length': body.length });
      await answer.writeThrough(half);
      return answer.hang();
    case 'wrong_content_type':
      return sendPlain(answer, body, { 'content-type': fault.content_type ?? 'text/plain; charset=utf-8' });
    case 'gzip':
      return sendPlain(answer, gzipSync(body), { 'content-encoding': 'gzip' });
    case 'split_bytes': {
      answer.head(200, { 'content-type': JSON_TYPE, 'content-length': body.length });
      const size = fault.size ?? 1;
      for (let at = 0; at < body.length && !answer.closed; at += size) {
        await answer.write(body.subarray(at, at + size));
        await answer.breathe();
      }
      return answer.end();
    }
    default:
      return sendPlain(answer, body);
  }
}
