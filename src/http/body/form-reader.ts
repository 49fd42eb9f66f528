import { type ServerResponse } from 'node:http';
import { type ServerConfig } from '../../config/server.config.js';
import { type FormSource } from '../../dialects/forms/form-source.js';
import {
  CallerLeftError,
  ModelTooLateError,
  RequestTimeoutError,
  RequestTooLargeError,
} from '../../errors/caller-errors.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type ArrivingBody, unwatchBody, watchBody } from './body-clock.js';
import { checkEncoding } from './body-reader.js';
import { type BodyHolder } from '../gateway-http.js';
import { type BodySource } from '../request-class.js';

/**
 * Reads a form piece by piece, on request; the client waits with the rest. The clock for stalled
 * bodies runs only while a piece is requested.
 */
export class FormReader implements FormSource, ArrivingBody {
  readonly contentType: string;
  readonly length: number | undefined;
  readonly idleMs: number;
  receivedBytes = 0;
  index = -1;
  seenBytes = 0;
  seenSince = 0;
  #heldBytes = 0;
  #isOver = false;
  #settle: ((error?: GatewayError) => void) | undefined;

  /** @throws UnsupportedMediaTypeError, RequestTooLargeError */
  constructor(
    private readonly req: BodySource,
    private readonly res: ServerResponse & BodyHolder,
    private readonly limits: Pick<ServerConfig, 'upload_limit' | 'body_limit'>,
  ) {
    const { 'content-type': type, 'content-encoding': encoding, 'content-length': length } = req.headers;
    checkEncoding(encoding);
    this.contentType = type!;
    this.length = length === undefined ? undefined : Number(length);
    this.idleMs = res.bodyIdleMs;
    if (this.length !== undefined && this.length > limits.upload_limit)
      throw new RequestTooLargeError(limits.upload_limit);
    if (req.headers.expect !== undefined) res.writeContinue();
  }

  async next(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.#isOver) return undefined;
      const chunk = this.req.read() as Buffer | null;
      if (chunk !== null) {
        this.receivedBytes += chunk.length;
        const { upload_limit: limitBytes } = this.limits;
        if (this.receivedBytes > limitBytes) throw new RequestTooLargeError(limitBytes);
        return chunk;
      }
      if (this.req.readableEnded) return undefined;
      if (this.req.destroyed) throw new CallerLeftError();
      await this.#more();
    }
  }

  get room(): number {
    return this.limits.body_limit - this.#heldBytes;
  }

  hold(bytes: number): void {
    this.#heldBytes += bytes;
    const { body_limit: limitBytes } = this.limits;
    if (this.#heldBytes > limitBytes) throw new ModelTooLateError(limitBytes);
    this.res.holdBody(bytes);
  }

  release(): void {
    this.#heldBytes = 0;
    this.res.releaseBody();
  }

  onIdle(): void {
    this.#settle?.(new RequestTimeoutError());
  }

  /** Settles when there may be more to read. @throws RequestTimeoutError, CallerLeftError */
  #more(): Promise<void> {
    const { req } = this;
    return new Promise((resolve, reject) => {
      const settle = (error?: GatewayError): void => {
        this.#settle = undefined;
        unwatchBody(this);
        req.off('readable', onReadable).off('end', onEnd).off('close', onClose);
        if (error === undefined) resolve();
        else reject(error);
      };
      const onReadable = (): void => settle();
      const onEnd = (): void => {
        this.#isOver = true;
        settle();
      };
      const onClose = (): void => settle(req.readableEnded ? undefined : new CallerLeftError());
      this.#settle = settle;
      watchBody(this);
      req.on('readable', onReadable).once('end', onEnd).once('close', onClose);
    });
  }
}
