import { type IncomingMessage, type ServerResponse } from 'node:http';
import { CallerLeftError, RequestTooLargeError, UnsupportedMediaTypeError } from '../errors/caller-errors.js';
import { type GatewayError } from '../errors/gateway-error.js';
import { type BodyHolder } from './gateway-http.js';

/**
 * Reads a JSON body whole, after the key was accepted and not before. Exactly `content-length` bytes are set aside
 * where the length is told.
 * @param limitBytes `server.body_limit`
 * @throws UnsupportedMediaTypeError, RequestTooLargeError, TooManyBodiesError, CallerLeftError
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
  if (expected !== undefined) res.holdBody(expected);
  if (req.headers.expect !== undefined) res.writeContinue();
  return expected === undefined ? readUnknownLength(req, res, limitBytes) : readKnownLength(req, expected);
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
  const type = contentType?.split(';', 1)[0]!.trim().toLowerCase();
  if (type !== 'application/json' && !type?.endsWith('+json')) {
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

function readKnownLength(req: IncomingMessage, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let body: Buffer | undefined;
    let filled = 0;
    req.on('data', (chunk: Buffer) => {
      if (chunk.length === length) body = chunk;
      else chunk.copy((body ??= Buffer.allocUnsafe(length)), filled);
      filled += chunk.length;
    });
    req.on('end', () => resolve(body ?? Buffer.alloc(0)));
    req.on('error', () => reject(new CallerLeftError()));
  });
}

function readUnknownLength(req: IncomingMessage, res: BodyHolder, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      try {
        if (length > limitBytes) throw new RequestTooLargeError(limitBytes);
        res.holdBody(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        req.off('data', onData);
        reject(error as GatewayError);
      }
    };
    req.on('data', onData);
    req.once('end', () => resolve(Buffer.concat(chunks, length)));
    req.once('error', () => reject(new CallerLeftError()));
  });
}
