import { IncomingMessage } from 'node:http';
import { ByteCollector } from '../protocol/byte-collector.js';
import { nextTurn } from '../protocol/turns.js';

/**
 * How many chunks of a body to read before yielding: about a millisecond of work for tiny chunks,
 * megabytes for chunks of a usual size.
 */
const CHUNKS_BEFORE_PAUSE = 256;
/**
 * Less than Node reads from a busy socket in a row; otherwise one turn would read that much from
 * every sending socket.
 */
const BYTES_BEFORE_PAUSE = 524_288;

/** Receives a body as it arrives. */
export interface BodyTaker {
  onData(bytes: Buffer): void;
  /** The body is complete. */
  onEnd(): void;
  /** The client disconnected before the end. */
  onGone(): void;
}

/** A request whose body can be read without the events of a stream. */
export interface BodySource extends IncomingMessage {
  /** Whether the whole body has arrived, although the parser may not have reported its end yet. */
  readonly hasArrived: boolean;
  /**
   * Returns the body, once, if all of it has arrived: most bodies arrive in one packet with their
   * headers.
   * @param length as announced
   */
  takeArrived(length: number | undefined): Buffer | undefined;
  /**
   * Passes on the bytes that have arrived and all later ones, instead of emitting the stream's
   * events.
   */
  readBodyTo(taker: BodyTaker): void;
  /** Stops `readBodyTo` early: later bytes go to readers of the stream. */
  stopReadingBody(): void;
}

/**
 * Creates the class of a server's requests: one class per server, which has its application's
 * prototype.
 *
 * The request holds its body until it is requested. A reader of the stream gets it as usual. A
 * taker gets it directly, because the events, ticks and states of a stream cost a body of one
 * packet more than all other processing.
 */
export function requestClass(): typeof IncomingMessage {
  return class AppRequest extends IncomingMessage implements BodySource {
    /**
     * Bytes that arrived before they were requested, or during a pause: a read that has started
     * runs to its end.
     */
    #held: ByteCollector | undefined;
    #isAsked = false;
    /** Whether the body is complete and was not requested yet. */
    #isOver = false;
    /** Whether the body was taken at once. */
    #isTaken = false;
    #taker: BodyTaker | undefined;
    /** Number of chunks since the last pause, as `#bytes` is the number of bytes. */
    #chunks = 0;
    #bytes = 0;
    #isPaused = false;
    /** Whether a reader of the stream has asked for more during a pause. */
    #isWanted = false;

    get hasArrived(): boolean {
      return this.#isTaken || this.complete;
    }

    takeArrived(length: number | undefined): Buffer | undefined {
      if (this.#isAsked || (!this.#isOver && (length === undefined || this.#held?.length !== length)))
        return undefined;
      this.#isAsked = true;
      this.#isTaken = true;
      markRead(this);
      markEnded(this);
      return this.#takeHeld();
    }

    readBodyTo(taker: BodyTaker): void {
      this.#isAsked = true;
      this.#taker = taker;
      if (this.destroyed) return this.#leave();
      markRead(this);
      if (this.#held !== undefined) this.#hand(this.#takeHeld());
      if (this.#isOver) this.#end();
      else super._read(0);
    }

    stopReadingBody(): void {
      this.#taker = undefined;
    }

    /**
     * Every chunk costs time, however small, and Node reads a busy socket many times in a row.
     * Therefore a connection that sends many chunks, or many bytes, is paused, and one paused
     * connection resumes in each turn of the event loop.
     */
    override push(chunk: Buffer | null): boolean {
      if (chunk === null) {
        if (this.#isTaken) return false;
        if (!this.#isAsked) {
          this.#isOver = true;
          return false;
        }
        if (this.#held !== undefined) this.#hand(this.#takeHeld());
        return this.#end();
      }
      if (!this.#isAsked || this.#isPaused) {
        const held = (this.#held ??= new ByteCollector());
        held.append(chunk);
        return !this.#isPaused && held.length < this.readableHighWaterMark;
      }
      const takesMore = this.#hand(chunk);
      this.#bytes += chunk.length;
      if (++this.#chunks < CHUNKS_BEFORE_PAUSE && this.#bytes < BYTES_BEFORE_PAUSE) return takesMore;
      this.#isPaused = true;
      void nextTurn().then(() => this.#readOn());
      return false;
    }

    override _read(size: number): void {
      if (this.#isPaused) {
        this.#isWanted = true;
        return;
      }
      if (!this.#isAsked) {
        this.#isAsked = true;
        if (this.#held !== undefined) super.push(this.#takeHeld());
        if (this.#isOver) super.push(null);
      }
      super._read(size);
    }

    override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
      this.#leave();
      super._destroy(error, callback);
    }

    #readOn(): void {
      const isWanted = this.#isWanted || this.#taker !== undefined;
      this.#isPaused = false;
      this.#isWanted = false;
      this.#chunks = 0;
      this.#bytes = 0;
      if (this.complete || this.destroyed) return;
      const takesMore = this.#held === undefined || this.#hand(this.#takeHeld());
      if (isWanted && takesMore) super._read(0);
    }

    /** @returns whether to continue reading */
    #hand(bytes: Buffer): boolean {
      if (this.#taker === undefined) return super.push(bytes);
      this.#taker.onData(bytes);
      return true;
    }

    #end(): boolean {
      const taker = this.#taker;
      if (taker === undefined) return super.push(null);
      this.#taker = undefined;
      markEnded(this);
      taker.onEnd();
      return false;
    }

    #leave(): void {
      const taker = this.#taker;
      this.#taker = undefined;
      taker?.onGone();
    }

    #takeHeld(): Buffer {
      const held = this.#held;
      this.#held = undefined;
      return held?.take() ?? Buffer.alloc(0);
    }
  };
}

/** Without this mark, Node reads a request to its end after the response. */
function markRead(request: IncomingMessage): void {
  (request as IncomingMessage & { _consuming: boolean })._consuming = true;
}

/** Without this mark, Node keeps a request in memory until the next one on its connection. */
function markEnded(request: IncomingMessage): void {
  (request as unknown as { _readableState: { endEmitted: boolean } })._readableState.endEmitted = true;
}
