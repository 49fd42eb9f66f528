import { type IncomingMessage, type ServerResponse } from 'node:http';
import {
  CallerLeftError,
  RequestTimeoutError,
  RequestTooLargeError,
  UnsupportedMediaTypeError,
} from '../errors/caller-errors.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { ByteCollector } from '../protocol/byte-collector.js';
import { isJson } from '../upstream/response/response-headers.js';
import { type ArrivingBody, unwatchBody, watchBody } from './body-clock.js';
import { type BodyHolder } from './gateway-http.js';

/**
 * Reads a JSON body whole, after the key was accepted and not before. Memory and room are taken by the bytes that
 * have arrived.
 * @param limitBytes `server.body_limit`
 * @throws UnsupportedMediaTypeError, RequestTooLargeError, TooManyBodiesError, RequestTimeoutError, CallerLeftError
 */
export function readJsonBody(
  req: IncomingMessage,
  res: ServerResponse & BodyHolder,
  limitBytes: number,
): Promise<Buffer> {
  const { 'content-type': contentType, 'content-encoding': encoding, 'content-length': length } = req.headers;
  if (contentType !== undefined || length !== '0') checkMediaType(contentType, encoding);
  const expected = length === undefined ? undefined : Number(length);
  if (expected !== undefined && expected > limitBytes) throw new RequestTooLargeError(limitBytes);
  // What is announced takes no room; where it would find none, its upload is spared.
  if (expected !== undefined) res.checkBody(expected);
  if (req.headers.expect !== undefined) res.writeContinue();
  return readBody(req, res, expected ?? limitBytes, expected !== undefined);
}

/** The body of a route that can do without one: empty when nothing was sent. */
export function readOptionalJsonBody(
  req: IncomingMessage,
  res: ServerResponse & BodyHolder,
  limitBytes: number,
): Promise<Buffer> {
  const { 'content-length': length, 'transfer-encoding': transfer } = req.headers;
  if (transfer === undefined && (length === undefined || length === '0'))
    return Promise.resolve(Buffer.alloc(0));
  return readJsonBody(req, res, limitBytes);
}

function checkMediaType(contentType: string | undefined, encoding: string | undefined): void {
  if (!isJson(contentType)) {
    throw new UnsupportedMediaTypeError(
      "The request body must be JSON: send 'content-type: application/json'.",
    );
  }
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType!)?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new UnsupportedMediaTypeError('The request body must be UTF-8.');
  }
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new UnsupportedMediaTypeError('The request body must not be compressed.');
  }
}

/** @param maxBytes the announced length, or the most that is taken where none was announced */
function readBody(
  req: IncomingMessage,
  res: BodyHolder,
  maxBytes: number,
  isAnnounced: boolean,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let whole: Buffer | undefined;
    let pieces: ByteCollector | undefined;
    const fail = (error: GatewayError): void => {
      unwatchBody(arriving);
      req.off('data', onData);
      pieces = undefined;
      res.releaseBody();
      reject(error);
    };
    const arriving: ArrivingBody = {
      idleMs: res.bodyIdleMs,
      receivedBytes: 0,
      place: -1,
      seenBytes: 0,
      seenSince: 0,
      onIdle: () => fail(new RequestTimeoutError()),
    };
    const onData = (chunk: Buffer): void => {
      arriving.receivedBytes += chunk.length;
      try {
        if (arriving.receivedBytes > maxBytes) throw new RequestTooLargeError(maxBytes);
        res.holdBody(chunk.length);
      } catch (error) {
        fail(error as GatewayError);
        return;
      }
      if (isAnnounced && chunk.length === maxBytes) whole = chunk;
      else (pieces ??= new ByteCollector()).append(chunk);
    };
    watchBody(arriving);
    req.on('data', onData);
    req.on('end', () => {
      unwatchBody(arriving);
      resolve(whole ?? pieces?.take() ?? Buffer.alloc(0));
    });
    req.on('error', () => fail(new CallerLeftError()));
  });
}
