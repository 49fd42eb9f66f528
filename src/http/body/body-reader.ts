import { type ServerResponse } from 'node:http';
import { LARGE_BODY_BYTES, nextTurn } from '../../protocol/turns.js';
import {
  CallerLeftError,
  RequestTimeoutError,
  RequestTooLargeError,
  UnsupportedMediaTypeError,
} from '../../errors/caller-errors.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { ByteCollector } from '../../protocol/byte-collector.js';
import { JSON_TYPE, isJson } from '../../upstream/response/response-headers.js';
import { type ArrivingBody, unwatchBody, watchBody } from './body-clock.js';
import { type BodyHolder } from '../gateway-http.js';
import { type BodySource, type BodyTaker } from '../request-class.js';

/**
 * Reads a complete JSON body, after the key was accepted. Only bytes that have arrived take memory
 * and count as held. Returns the body without a promise if it is already complete, because most
 * bodies arrive in one packet with their headers.
 * @param limitBytes `server.body_limit`
 * @param isTyped false for a body that may be empty: its type is checked after it was read
 * @throws UnsupportedMediaTypeError, RequestTooLargeError, TooManyBodiesError, RequestTimeoutError,
 * CallerLeftError
 */
export function readJsonBody(
  req: BodySource,
  res: ServerResponse & BodyHolder,
  limitBytes: number,
  isTyped = true,
): Buffer | Promise<Buffer> {
  const {
    'content-type': contentType,
    'content-encoding': encoding,
    'content-length': length,
    expect,
  } = req.headers;
  if (isTyped && (contentType !== undefined || length !== '0')) checkMediaType(contentType, encoding);
  const expected = length === undefined ? undefined : Number(length);
  if (expected !== undefined && expected > limitBytes) throw new RequestTooLargeError(limitBytes);
  const maxBytes = expected ?? limitBytes;
  const arrived = expect === undefined ? req.takeArrived(expected) : undefined;
  if (arrived !== undefined) {
    holdBytes(res, arrived, arrived.length, maxBytes);
    return arrived;
  }
  // The announced length reserves nothing, but a body for which there is no room is refused before
  // it is uploaded.
  if (expected !== undefined) res.checkBody(expected);
  if (expect !== undefined) res.writeContinue();
  return new Promise((resolve, reject) => new BodyReading(req, res, maxBytes, resolve, reject));
}

/** Reads the optional body of a route: empty if nothing was sent. */
export function readOptionalJsonBody(
  req: BodySource,
  res: ServerResponse & BodyHolder,
  limitBytes: number,
): Buffer | Promise<Buffer> {
  const { 'content-type': type, 'content-length': length, 'transfer-encoding': transfer } = req.headers;
  if (transfer === undefined && (length === undefined || length === '0')) return Buffer.alloc(0);
  if (transfer === undefined || type !== undefined) return readJsonBody(req, res, limitBytes);
  return Promise.resolve(readJsonBody(req, res, limitBytes, false)).then((body) => {
    if (body.length > 0) checkMediaType(type, undefined);
    return body;
  });
}

function checkMediaType(contentType: string | undefined, encoding: string | undefined): void {
  // Nearly all clients send exactly this.
  if (contentType === JSON_TYPE && encoding === undefined) return;
  if (!isJson(contentType)) {
    throw new UnsupportedMediaTypeError(
      "The request body must be JSON: send 'content-type: application/json'.",
    );
  }
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType!)?.[1];
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) {
    throw new UnsupportedMediaTypeError('The request body must be UTF-8.');
  }
  checkEncoding(encoding);
}

/** @throws UnsupportedMediaTypeError */
export function checkEncoding(encoding: string | undefined): void {
  const coding = encoding?.trim().toLowerCase();
  if (coding !== undefined && coding !== '' && coding !== 'identity') {
    throw new UnsupportedMediaTypeError('The request body must not be compressed.');
  }
}

/** A body that is being read. */
class BodyReading implements BodyTaker, ArrivingBody {
  readonly idleMs: number;
  receivedBytes = 0;
  index = -1;
  seenBytes = 0;
  seenSince = 0;
  readonly #bytes = new ByteCollector();

  /** @param maxBytes the announced length, or the limit if none was announced */
  constructor(
    private readonly req: BodySource,
    private readonly res: BodyHolder,
    private readonly maxBytes: number,
    private readonly resolve: (body: Buffer) => void,
    private readonly reject: (error: GatewayError) => void,
  ) {
    this.idleMs = res.bodyIdleMs;
    watchBody(this);
    req.readBodyTo(this);
  }

  onData(bytes: Buffer): void {
    this.receivedBytes += bytes.length;
    try {
      holdBytes(this.res, bytes, this.receivedBytes, this.maxBytes);
    } catch (error) {
      this.#fail(error as GatewayError);
      return;
    }
    this.#bytes.append(bytes);
  }

  /**
   * Large bodies are joined one at a time, because many may end in the same turn of the event loop.
   */
  onEnd(): void {
    unwatchBody(this);
    if (this.receivedBytes <= LARGE_BODY_BYTES) this.resolve(this.#bytes.take());
    else void nextTurn().then(() => this.resolve(this.#bytes.take()));
  }

  onGone(): void {
    this.#fail(new CallerLeftError());
  }

  onIdle(): void {
    this.#fail(new RequestTimeoutError());
  }

  #fail(error: GatewayError): void {
    unwatchBody(this);
    this.req.stopReadingBody();
    this.#bytes.clear();
    this.res.releaseBody();
    this.reject(error);
  }
}

/** @throws RequestTooLargeError, TooManyBodiesError */
function holdBytes(res: BodyHolder, bytes: Buffer, receivedBytes: number, maxBytes: number): void {
  if (receivedBytes > maxBytes) throw new RequestTooLargeError(maxBytes);
  res.holdBody(bytes.length);
}
