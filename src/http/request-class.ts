import { IncomingMessage } from 'node:http';
import { ByteCollector } from '../protocol/byte-collector.js';
import { nextTurn } from './turns.js';

/** Pieces of a body, about a millisecond of work; in chunks of a usual size they are megabytes. */
const PIECES_BEFORE_REST = 256;

/** Takes a body as it arrives. */
export interface BodyTaker {
  onData(bytes: Buffer): void;
  /** All of it has arrived. */
  onEnd(): void;
  /** The client has left before that. */
  onGone(): void;
}

/** A request whose body can be had without the events of a stream. */
export interface BodySource extends IncomingMessage {
  /** All of the body is here, though the parser may not have said so yet. */
  readonly hasArrived: boolean;
  /**
   * The body, once, where all of it is here: mostly it comes in one packet with the head.
   * @param length as announced
   */
  takeArrived(length: number | undefined): Buffer | undefined;
  /** Hands over what is there and what comes, in place of the stream's events. */
  readBodyTo(taker: BodyTaker): void;
  /** Ends `readBodyTo` before its end: what still comes is for readers of the stream. */
  stopReadingBody(): void;
}

/**
 * The class of a server's requests: a class of its own for each server, which gives it its application's prototype.
 *
 * A body waits in it until somebody asks for it. A reader of the stream gets it as ever; a taker gets it directly, since
 * the events, ticks and states of a stream cost a body of one packet more than all else that is done with it.
 */
export function requestClass(): typeof IncomingMessage {
  return class AppRequest extends IncomingMessage implements BodySource {
    /** What arrived before it was asked for, or during a rest: the read that is under way goes to its end. */
    #held: ByteCollector | undefined;
    #isAsked = false;
    /** All has arrived, and was not asked for yet. */
    #isOver = false;
    /** All was taken at once. */
    #isTaken = false;
    #taker: BodyTaker | undefined;
    #pieces = 0;
    #isResting = false;
    /** A reader of the stream has asked for more during a rest. */
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
     * A body in tiny chunks costs time for each of them, and Node reads a busy socket many times in a row. So each
     * connection that sends many rests, and one of those reads on in a turn of the event loop.
     */
    override push(piece: Buffer | null): boolean {
      if (piece === null) {
        if (this.#isTaken) return false;
        if (!this.#isAsked) {
          this.#isOver = true;
          return false;
        }
        if (this.#held !== undefined) this.#hand(this.#takeHeld());
        return this.#end();
      }
      if (!this.#isAsked || this.#isResting) {
        const held = (this.#held ??= new ByteCollector());
        held.append(piece);
        return !this.#isResting && held.length < this.readableHighWaterMark;
      }
      const takesMore = this.#hand(piece);
      if (++this.#pieces < PIECES_BEFORE_REST) return takesMore;
      this.#isResting = true;
      void nextTurn().then(() => this.#readOn());
      return false;
    }

    override _read(size: number): void {
      if (this.#isResting) {
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
      this.#isResting = false;
      this.#isWanted = false;
      this.#pieces = 0;
      if (this.complete || this.destroyed) return;
      const takesMore = this.#held === undefined || this.#hand(this.#takeHeld());
      if (isWanted && takesMore) super._read(0);
    }

    /** @returns whether more is to be read */
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

/** Without this mark, Node reads a request to its end once it has been answered. */
function markRead(request: IncomingMessage): void {
  (request as IncomingMessage & { _consuming: boolean })._consuming = true;
}

/** Without this mark, Node keeps a request until the next one comes on its connection. */
function markEnded(request: IncomingMessage): void {
  (request as unknown as { _readableState: { endEmitted: boolean } })._readableState.endEmitted = true;
}
