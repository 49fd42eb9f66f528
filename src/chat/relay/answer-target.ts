import { type HeldSlot } from '../../http/connections/client-connections.js';

/** Who an answer is written to: a caller's HTTP response, the terminal, a test's memory. */
export interface AnswerTarget {
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  /** Sends the head now, though no byte of the body is there yet. */
  flushHeaders(): void;
  /** @returns false when the target is full; `drain` tells when it is not any more */
  write(chunk: Buffer | string): boolean;
  end(chunk?: Buffer | string): unknown;
  /** Ends without the end of the body: the connection breaks, so that what came is not taken for the whole. */
  cutOff?(): void;
  /**
   * Limits how long the client may take to read.
   * @param idleMs longest time without progress, in milliseconds; 0 = any
   * @param untilMs when all must have been read, by `performance.now()`; Infinity = any time
   * @param slot the slot that the call holds meanwhile
   */
  limitWriting?(idleMs: number, untilMs: number, slot: HeldSlot): void;
  on(event: 'drain', listener: () => void): unknown;
}
