import { type Fault, type FaultOf } from './faults.js';
import { type IntendedAnswer, JSON_TYPE, STREAM_HEADERS, sendStream } from '../response/intended-answer.js';
import { unauthorized } from '../login.js';
import { type OpenAnswer } from '../response/open-answer.js';
import { sendPlain, sendWhole, spoilPlain } from './plain-faults.js';
import { RequestProblem } from '../request-problem.js';
import { spoilStream } from './stream-faults.js';

const HTML = `<!DOCTYPE html>
<html><head><title>Sandbox proxy</title></head>
<body><h1>Something is between you and the model</h1><p>This page is no JSON.</p></body></html>
`;

/** Responds as a fault requires. Handles the faults that do not change the response's bytes. */
export async function misbehave(answer: OpenAnswer, fault: Fault, intended: IntendedAnswer): Promise<void> {
  switch (fault.kind) {
    case 'refuse':
    case 'down':
      return answer.reset();
    case 'hang':
      return answer.hang();
    case 'status':
      return sendStatus(answer, fault, intended);
    case 'html':
      return sendPlain(answer, HTML, {
        status: fault.status ?? 200,
        'content-type': 'text/html; charset=utf-8',
      });
    case 'unauthorized':
    case 'token_revoked':
      return sendPlain(answer, intended.failures.error(unauthorized()), { status: 401 });
    case 'slow_first_byte':
      return sendLate(answer, fault, intended);
    case 'keepalive_close':
      if (fault.under_next_request !== true) answer.closeConnectionAfterwards();
      return send(answer, intended);
    case 'json_for_stream':
      return sendWhole(answer, intended);
    case 'stream_for_json':
      return sendStream(answer, intended);
    case 'big':
      return send(answer, intended.enlarged(fault.bytes ?? 1024 * 1024, fault.chunk_bytes ?? 16 * 1024));
    default:
      return intended.isStream ? spoilStream(answer, fault, intended) : spoilPlain(answer, fault, intended);
  }
}

/** Sends the response without a fault. */
export function send(answer: OpenAnswer, intended: IntendedAnswer): Promise<void> {
  return intended.isStream ? sendStream(answer, intended) : sendWhole(answer, intended);
}

function sendStatus(
  answer: OpenAnswer,
  fault: FaultOf<'status'>,
  { failures }: IntendedAnswer,
): Promise<void> {
  const status = fault.status ?? 500;
  const told = new RequestProblem(status, `The sandbox was told to respond with ${status}.`, 'sandbox_fault');
  let body = failures.error(told);
  if (fault.raw !== undefined) body = fault.raw;
  else if (fault.body !== undefined) body = JSON.stringify(fault.body);
  return sendPlain(answer, body, {
    status,
    'content-type': fault.raw === undefined ? JSON_TYPE : 'text/plain; charset=utf-8',
    ...(fault.retry_after !== undefined && { 'retry-after': String(fault.retry_after) }),
    ...fault.headers,
  });
}

async function sendLate(
  answer: OpenAnswer,
  fault: FaultOf<'slow_first_byte'>,
  intended: IntendedAnswer,
): Promise<void> {
  const ms = fault.ms ?? 1000;
  // Headers or comments do not count as the first byte of a response, so a client's timeout must
  // continue.
  const isHeadFirst = fault.headers_first === true || fault.comment_every_ms !== undefined;
  if (!intended.isStream || !isHeadFirst) {
    await answer.pause(ms);
    return send(answer, intended);
  }
  answer.head(200, STREAM_HEADERS);
  answer.flushHead();
  const every = fault.comment_every_ms ?? ms;
  for (let waited = 0; waited < ms && !answer.closed; waited += every) {
    if (fault.comment_every_ms !== undefined) await answer.write(': still thinking\n\n');
    await answer.pause(Math.min(every, ms - waited));
  }
  for (const event of intended.events()) {
    await answer.write(event);
    if (intended.chunkDelayMs > 0) await answer.pause(intended.chunkDelayMs);
  }
  answer.end();
}
