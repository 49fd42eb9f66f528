import { type ReceivedBody, ReportedError } from '../../dialects/ports/received-reply.js';
import { type WholeReply } from '../../dialects/ports/dialect.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { type ModelCall } from '../../providers/llm-provider.js';
import { type CallRecord } from '../../calls/call-record.js';
import { type AnswerSource } from '../../upstream/response/answer-source.js';
import { type UpstreamFailure } from '../../upstream/failure/upstream-failure.js';
import { type AcceptedAnswer } from '../deployment/deployment-caller.js';
import { judgeFailure } from '../retry/failure-cause.js';
import { readBody } from './whole-body.js';

/**
 * Reads a response to its end, and checks that it is a reply: anything else under HTTP 200 is a
 * failed call.
 * @param limitBytes `limits.answer`: a longer response is refused, not held in memory
 * @throws GatewayError
 */
export function readWholeAnswer(
  answer: AcceptedAnswer,
  call: ModelCall,
  record: CallRecord,
  failure: UpstreamFailure,
  limitBytes: number,
): WholeReply | Promise<WholeReply> {
  const { exchange } = answer;
  const { request } = call;
  const body = readBody(exchange, request, limitBytes);
  if (body instanceof Promise) return readLater(body, answer, call, record, failure);
  const reply = request.dialect.readWhole(body, request, exchange);
  if (reply instanceof Promise) return reply.then((read) => replyIn(read, answer, call, record, failure));
  return replyIn(reply, answer, call, record, failure);
}

/** The same for a body that has not arrived yet. */
async function readLater(
  arriving: Promise<ReceivedBody | undefined>,
  answer: AcceptedAnswer,
  call: ModelCall,
  record: CallRecord,
  failure: UpstreamFailure,
): Promise<WholeReply> {
  const body = await arriving;
  if (body === undefined) throw withoutBody(answer.exchange);
  const reply = await call.request.dialect.readWhole(body, call.request, answer.exchange);
  return replyIn(reply, answer, call, record, failure);
}

/** @throws GatewayError for an error that was sent as a response */
function replyIn(
  reply: WholeReply | ReportedError,
  { exchange, request: sent }: AcceptedAnswer,
  { request }: ModelCall,
  record: CallRecord,
  failure: UpstreamFailure,
): WholeReply {
  if (reply instanceof ReportedError) {
    record.spend(exchange.usage ?? request.dialect.failedUsage?.(reply.document));
    const failed = failure.fromError(reply.error, sent, undefined, undefined, reply.document);
    throw meant(reply, failed, exchange.status);
  }
  // A translation knows more than the client's format expresses.
  record.usage = exchange.usage ?? reply.usage;
  return reply;
}

/** Whether a response has no body, by its status or by its length. */
export function isEmpty({ status, headers }: Pick<AnswerSource, 'status' | 'headers'>): boolean {
  return status === 204 || status === 205 || headers['content-length'] === '0';
}

/** The failure of a call whose response has no body. */
export function withoutBody({ status }: Pick<AnswerSource, 'status'>): UpstreamError {
  return invalid(`The upstream answered HTTP ${status} without a body.`, status);
}

/**
 * An error in an unknown format, such as a bare text beside a number, is shown but not interpreted:
 * a service failure that it seems to report counts as an invalid response.
 */
function meant({ isBare }: ReportedError, failed: GatewayError, status: number): GatewayError {
  return isBare && judgeFailure(failed).causes.includes('5xx') ? invalid(failed.message, status) : failed;
}

function invalid(message: string, upstreamStatus: number): UpstreamError {
  return new UpstreamError('upstream_invalid_response', message, { upstreamStatus });
}
