import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type Request, type Response } from 'express';
import { BrokenRequestError, CallerLeftError, ClientStalledError } from '../errors/caller-errors.js';
import { type CallEvents } from '../calls/call-events.js';
import { CallRecord } from '../calls/call-record.js';
import { type Cancellation } from '../calls/cancellation.js';
import { CLIENT_ROUTES } from '../dialects/client-dialects.js';
import { type Drain } from '../calls/drain.js';
import { type CallResponse } from '../calls/running-calls.js';
import { BodyRoom } from './body/body-room.js';
import { type OpenDoor } from './connections/check-head.js';
import { type ClockedResponse, type HeldSlot } from './connections/client-connections.js';
import { type BodySource, requestClass } from './request-class.js';
import { MAX_DISCARD_BYTES, discardUpload } from './body/discard-upload.js';

const SANE_REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
/**
 * How long a connection stays open for one more call if a drain begins after its client received
 * the headers of a response. This is longer than a busy client takes to send one, because a call
 * that meets a closing connection is lost. The drain does not wait for the connection.
 */
const LAST_CALL_MS = 1000;

/** What requests and responses need from the process; shared by all connections of one server. */
export class ServerState {
  /**
   * Once the drain has begun, every response asks its client to close the connection. Set before
   * the server listens, like `events`.
   */
  drain!: Drain;
  /** Where requests are reported. */
  events!: CallEvents;
  /** Accounts for the bodies of all calls. */
  readonly bodyRoom = new BodyRoom();
  /** How long a body may make no progress, in milliseconds; Infinity = no limit. */
  bodyIdleMs = Infinity;
  /** Whether clients send API keys; if not, a client is identified by its address. */
  hasKeys = true;
  /** Set while `auth.enabled` is false: keeps web pages of other origins out. */
  openDoor: OpenDoor | undefined;
}

/** Accounts for the bytes of the body of a call. */
export interface BodyHolder {
  /** How long the body may make no progress, in milliseconds; Infinity = no limit. */
  readonly bodyIdleMs: number;
  /** @throws TooManyBodiesError if there is no room for that many bytes now; reserves nothing */
  checkBody(bytes: number): void;
  /**
   * Counts bytes of the body as held until the call is over.
   * @throws TooManyBodiesError if there is no room for them
   */
  holdBody(bytes: number): void;
  /** Call this when the body was discarded, so that its room is free at once. */
  releaseBody(): void;
}

/** A request as controllers see it. */
export type GatewayRequest = Request & BodySource & { readonly record: CallRecord };
/** A response as controllers see it. */
export type GatewayResponse = Response & {
  readonly record: CallRecord;
  /** Whether all of it has been sent. */
  readonly hasLeft: boolean;
  /**
   * Sets the write limits of a model call.
   * @param idleMs how long the client may read nothing, in milliseconds; 0 = no limit
   * @param untilMs when it must have read everything (`performance.now()`); Infinity = no limit
   * @param slot the slot that the call holds until then
   */
  limitWriting(idleMs: number, untilMs: number, slot: HeldSlot): void;
  /**
   * Breaks the connection before the end of the body, so that the client sees that the response is
   * incomplete.
   */
  cutOff(): void;
} & BodyHolder &
  CallResponse;

/**
 * Creates the request and response classes for one server. Node creates every request and response
 * from them. Since they already have the application's prototypes, Express's
 * `Object.setPrototypeOf` on each request changes nothing; otherwise V8 would pay for it on every
 * later access (three quarters of the time of a small request).
 */
export function httpClasses(
  app: { request: object; response: object },
  state: ServerState,
): { IncomingMessage: typeof IncomingMessage; ServerResponse: typeof ServerResponse } {
  const AppRequest = requestClass();

  class AppResponse extends ServerResponse<BodySource> implements BodyHolder, CallResponse, ClockedResponse {
    /** Nest resolves a promise with each response, and V8 would search all prototypes for this. */
    // oxlint-disable-next-line unicorn/no-thenable -- undefined, so no promise takes a response for another one
    readonly then = undefined;
    readonly record: CallRecord;
    /** This call's share of `state.bodyRoom`, and the client to which it is charged. */
    #heldBytes = 0;
    #holder: string | undefined;
    /**
     * Whether the response is complete; it does not end before the rest of an upload has been
     * discarded.
     */
    isAnswered = false;
    writeIdleMs: number | undefined = undefined;
    writeUntilMs: number | undefined = undefined;
    slot: HeldSlot | undefined = undefined;
    isModelCall = false;
    endsWithClient = false;
    /** The work in progress for this response. */
    #work: Cancellation | undefined;
    /** The status that the client received; undefined until the response has closed. */
    #clientStatus: number | undefined;
    #isOver = false;

    constructor(...args: ConstructorParameters<typeof ServerResponse<BodySource>>) {
      super(...args);
      const req = args[0];
      const id = req.headers['x-request-id'];
      const requestId = typeof id === 'string' && SANE_REQUEST_ID.test(id) ? id : randomUUID();
      const path = pathOf(req.url!);
      const record = new CallRecord(requestId, req.method!, path, CLIENT_ROUTES.get(path));
      this.record = record;
      state.events.began(record, req.headers);
      // 'close' reports that a client has disconnected. Without a listener, a write after that
      // would end the process.
      this.on('error', ignore);
      this.on('close', closed);
    }

    get bodyIdleMs(): number {
      return state.bodyIdleMs;
    }

    checkBody(bytes: number): void {
      state.bodyRoom.check(this.#bodyHolder(), bytes);
    }

    holdBody(bytes: number): void {
      state.bodyRoom.take(this.#bodyHolder(), bytes);
      this.#heldBytes += bytes;
    }

    releaseBody(): void {
      if (this.#heldBytes === 0) return;
      state.bodyRoom.release(this.#holder!, this.#heldBytes);
      this.#heldBytes = 0;
    }

    /**
     * The client to which the body is charged. It is fixed for the whole call, even if the
     * configuration changes.
     */
    #bodyHolder(): string {
      return (this.#holder ??= (state.hasKeys ? this.record.client : this.req.socket.remoteAddress) ?? '');
    }

    get hasLeft(): boolean {
      // Node also reports a write as finished that was aborted with its connection.
      return this.writableFinished && !this.req.socket.destroyed;
    }

    limitWriting(idleMs: number, untilMs: number, slot: HeldSlot): void {
      this.isModelCall = true;
      this.slot = slot;
      this.writeIdleMs = idleMs;
      this.writeUntilMs = untilMs;
    }

    cutOff(): void {
      // The client has received the headers, and whatever was sent of the body.
      this.isAnswered = true;
      this.destroy();
    }

    stall(): void {
      this.record.error ??= new ClientStalledError();
      // An earlier refusal is not what the client received.
      this.isAnswered = false;
    }

    workBegan(work: Cancellation): void {
      this.endsWithClient = true;
      this.#work = work;
      if (this.#clientStatus !== undefined) work.leave();
    }

    workEnded(): void {
      this.#work = undefined;
      if (this.#clientStatus !== undefined) this.#over(this.#clientStatus);
    }

    onClose(): void {
      const { record } = this;
      // A client that has read a refusal need not send the rest.
      const isAnswered = this.hasLeft || this.isAnswered;
      if (!isAnswered) record.error ??= new CallerLeftError();
      const { error } = record;
      this.#clientStatus =
        error instanceof BrokenRequestError ? error.status : isAnswered ? this.statusCode : 499;
      if (this.#work === undefined) this.#over(this.#clientStatus);
      else if (!this.hasLeft) this.#work.leave(error instanceof ClientStalledError ? error : undefined);
    }

    /**
     * Call this when the response has closed and no work for it continues. Work that continues
     * without its client still holds the body.
     */
    #over(status: number): void {
      this.releaseBody();
      if (this.#isOver) return;
      this.#isOver = true;
      state.events.ended(this.record, status);
    }

    /**
     * Every response contains its request id. Adding it here avoids `setHeader`, after which Node
     * would merge all headers one by one.
     */
    override writeHead(status: number, reason?: unknown, headers: unknown = reason): this {
      if (state.drain.hasBegun || (!this.req.hasArrived && isLargeUpload(this.req)))
        this.shouldKeepAlive = false;
      if (!isNamed(headers)) this.setHeader('x-request-id', this.record.requestId);
      return super.writeHead(status, reason as string, headers as OutgoingHttpHeaders);
    }

    /**
     * A response before the end of the upload is an early refusal, so the client may still be
     * sending.
     */
    override end(chunk?: unknown, encoding?: unknown, callback?: unknown): this {
      // The headers were sent before the drain began and could not ask the client to close: without
      // this, a later call on the connection would find the gateway gone. A call that follows at
      // once must not meet a closing connection.
      if (state.drain.hasBegun && this.headersSent && this.shouldKeepAlive) {
        const { socket } = this.req;
        this.once('finish', () => socket.setTimeout(LAST_CALL_MS));
      }
      if (this.req.hasArrived || this.writableEnded || !isUploading(this.req))
        return super.end(chunk, encoding as BufferEncoding, callback as () => void);
      const done = [chunk, encoding, callback].find((each) => typeof each === 'function');
      if (done !== undefined) this.once('finish', done as () => void);
      if (!this.headersSent && !this.hasHeader('content-length') && isBytes(chunk)) {
        this.setHeader('content-length', Buffer.byteLength(chunk));
      }
      if (isBytes(chunk))
        this.write(chunk, (typeof encoding === 'string' ? encoding : 'utf8') as BufferEncoding);
      else this.flushHeaders();
      this.isAnswered = true;
      // Closing at once would reset the connection, and the client would lose the response that
      // explains the refusal.
      discardUpload(this.req, () => super.end());
      return this;
    }
  }

  function closed(this: AppResponse): void {
    this.onClose();
  }

  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  app.request = AppRequest.prototype;
  app.response = AppResponse.prototype;
  return {
    IncomingMessage: AppRequest,
    ServerResponse: AppResponse as unknown as typeof ServerResponse,
  };
}

function ignore(): void {}

/** The path of a URL without its query; an absolute URL also loses its origin. */
function pathOf(url: string): string {
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  return path.startsWith('/') ? path : path.replace(/^[a-z]+:\/\/[^/]*/i, '') || '/';
}

function isNamed(headers: unknown): boolean {
  return typeof headers === 'object' && headers !== null && 'x-request-id' in headers;
}

/** Whether a request that has not completely arrived has a body at all. */
function isUploading(req: BodySource): boolean {
  const length = req.headers['content-length'];
  return req.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** Whether the rest of the upload is too much to wait for, or of unknown length. */
function isLargeUpload(req: BodySource): boolean {
  if (!isUploading(req)) return false;
  return !(Number(req.headers['content-length']) <= MAX_DISCARD_BYTES) || req.headers.expect !== undefined;
}

function isBytes(chunk: unknown): chunk is string | Buffer {
  return typeof chunk === 'string' || Buffer.isBuffer(chunk);
}
