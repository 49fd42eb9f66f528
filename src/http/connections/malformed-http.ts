import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { OPENAI_ERRORS } from '../../protocol/errors/error-format.js';
import { BrokenRequestError } from '../../errors/caller-errors.js';
import { type CallEvents } from '../../calls/call-events.js';
import { CallRecord } from '../../calls/call-record.js';
import { helpLink } from '../error-response.js';
import { type GatewayResponse } from '../gateway-http.js';
import { type BodySource } from '../request-class.js';
import { type HttpParseError, type HttpSocket } from './serial-requests.js';

/** How long a client that was too slow, or did not speak HTTP, gets to read the error. */
const LAST_WORDS_MS = 1000;
/** Method and path of a request that could not be parsed. */
const UNKNOWN = '-';

/**
 * Responds to input that is not HTTP, or arrives too slowly, on the bare socket and in the same
 * format as every other error. If the input had already become a request, the record of that
 * request reports the failure.
 */
export function answerMalformedHttp(
  thrown: HttpParseError,
  socket: HttpSocket,
  events: Pick<CallEvents, 'ended'>,
): void {
  if (thrown.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  // Requests on the metrics port have no record.
  const response = socket._httpMessage as (ServerResponse & Partial<GatewayResponse>) | null | undefined;
  // The client would read a second response as part of the first.
  if (response?.headersSent === true) socket.destroySoon();
  else refuse(socket, response ?? undefined, thrown.code, events);
  lingerBriefly(socket);
}

function refuse(
  socket: Socket,
  response: (ServerResponse & Partial<GatewayResponse>) | undefined,
  code: string | undefined,
  events: Pick<CallEvents, 'ended'>,
): void {
  const error = brokenRequest(code);
  const record = response?.record ?? new CallRecord(randomUUID(), UNKNOWN, UNKNOWN);
  if (response === undefined) {
    record.error = error;
    // Browsers open spare connections and send nothing on most of them.
    if (socket.bytesRead > 0) events.ended(record, error.status);
  } else if (code !== 'HPE_INVALID_EOF_STATE') {
    // A client that disconnected half-way does not read this; any other client gets it as its
    // response.
    record.error ??= error;
    // The rest of the body may still arrive, and would start a call that nobody waits for.
    response.req.pause();
    (response.req as unknown as Partial<BodySource>).stopReadingBody?.();
  }
  endWith(socket, error, record);
}

/** Refuses a request on a socket that Node has detached from HTTP (CONNECT). */
export function refuseOnSocket(
  socket: Socket,
  error: BrokenRequestError,
  events: Pick<CallEvents, 'ended'>,
): void {
  const record = new CallRecord(randomUUID(), UNKNOWN, UNKNOWN);
  record.error = error;
  events.ended(record, error.status);
  socket.on('error', () => socket.destroy());
  endWith(socket, error, record);
  lingerBriefly(socket);
}

/** Closes soon, because the client may keep sending without end. */
function lingerBriefly(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LAST_WORDS_MS);
  socket.once('close', () => clearTimeout(timer)).resume();
}

function endWith(socket: Socket, error: BrokenRequestError, record: CallRecord): void {
  const body = JSON.stringify((record.route?.errors ?? OPENAI_ERRORS).body(error, record.requestId));
  socket.end(
    [
      `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${record.requestId}`,
      `link: ${helpLink(error)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function brokenRequest(code: string | undefined): BrokenRequestError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new BrokenRequestError(431, 'invalid_value', 'The request headers are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new BrokenRequestError(408, 'request_timeout', 'The request took too long to arrive.');
    default:
      return new BrokenRequestError(400, 'invalid_value', 'The request is not valid HTTP.');
  }
}
