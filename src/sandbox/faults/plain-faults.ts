import { type OutgoingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Fault } from './faults.js';
import { type IntendedAnswer, JSON_TYPE } from '../response/intended-answer.js';
import { type OpenAnswer } from '../response/open-answer.js';

const SLICE_BYTES = 64 * 1024;
/** A twelfth of a second of the sandbox's sound. */
const PACED_BYTES = 4096;

/** Sends a whole body as fast as the client reads; `status` defaults to 200. */
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

/** Sends a response that is not a stream, without a fault. */
export async function sendWhole(answer: OpenAnswer, intended: IntendedAnswer): Promise<void> {
  const { contentType, chunkDelayMs } = intended;
  const body = bytesOf(intended);
  if (intended.isPaced !== true) return sendPlain(answer, body, { 'content-type': contentType });
  answer.head(200, { 'content-type': contentType });
  for (let at = 0; at < body.length && !answer.closed; at += PACED_BYTES) {
    if (at > 0 && chunkDelayMs > 0) await answer.pause(chunkDelayMs);
    await answer.write(body.subarray(at, at + PACED_BYTES));
  }
  answer.end();
}

/** Applies a fault to the bytes of a response that is not a stream. */
export async function spoilPlain(answer: OpenAnswer, fault: Fault, intended: IntendedAnswer): Promise<void> {
  const { contentType } = intended;
  const body = bytesOf(intended);
  const half = body.subarray(0, Math.floor(body.length / 2));
  const headers = {
    'content-type': contentType,
    ...(intended.isPaced !== true && { 'content-length': body.length }),
  };
  switch (fault.kind) {
    case 'truncated_json':
      return sendPlain(answer, half, { 'content-type': contentType });
    case 'cut':
      answer.head(200, headers);
      await answer.writeThrough(half);
      return answer.drop();
    case 'stall':
      answer.head(200, headers);
      await answer.writeThrough(half);
      return answer.hang();
    case 'wrong_content_type':
      return sendPlain(answer, body, { 'content-type': fault.content_type ?? 'text/plain; charset=utf-8' });
    case 'gzip':
      return sendPlain(answer, gzipSync(body), { 'content-type': contentType, 'content-encoding': 'gzip' });
    case 'split_bytes': {
      answer.head(200, headers);
      const size = fault.size ?? 1;
      for (let at = 0; at < body.length && !answer.closed; at += size) {
        await answer.write(body.subarray(at, at + size));
        await answer.breathe();
      }
      return answer.end();
    }
    default:
      return sendWhole(answer, intended);
  }
}

function bytesOf(intended: IntendedAnswer): Buffer {
  const body = intended.body();
  return typeof body === 'string' ? Buffer.from(body) : body;
}
