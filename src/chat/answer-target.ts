import { type HeldSlot } from '../http/client-connections.js';

/** Who an answer is written to: a caller's HTTP response, the terminal, a test's memory. */
export interface AnswerTarget {
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown;
  /** Sends the head now, though no byte of the body is there yet. */
  flushHeaders(): void;
  /** @returns false when the target is full; `drain` tells when it is not any more */
  write(chunk: Buffer | string): boolean;
  end(chunk?: Buffer | string): unknown;
  /**
   * Sets how long it may take nothing, in milliseconds (0 = any time), and when it must have taken all.
   * @param slot what the answer keeps from others while it is not taken
   */
  limitWriting?(idleMs: number, untilMs: number, slot: HeldSlot): void;
  on(event: 'drain', listener: () => void): unknown;
}
