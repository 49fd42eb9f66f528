import { type HeldSlot } from '../../http/connections/client-connections.js';

/** The destination of a response: a client's HTTP response, the terminal, or a test's memory. */
export interface AnswerTarget {
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  /** Sends the headers now, before any byte of the body exists. */
  flushHeaders(): void;
  /** @returns false if the target is full; `drain` reports when there is room again */
  write(chunk: Buffer | string): boolean;
  end(chunk?: Buffer | string): unknown;
  /**
   * Ends the response without the end of its body: the connection breaks, so that the part is not
   * taken for the whole.
   */
  cutOff?(): void;
  /**
   * Limits how long the client may take to read.
   * @param idleMs longest time without progress, in milliseconds; 0 = no limit
   * @param untilMs when everything must have been read, by `performance.now()`; Infinity = no limit
   * @param slot the slot that the call holds meanwhile
   */
  limitWriting?(idleMs: number, untilMs: number, slot: HeldSlot): void;
  on(event: 'drain', listener: () => void): unknown;
}
