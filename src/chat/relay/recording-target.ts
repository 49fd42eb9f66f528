import { type HeldSlot } from '../../http/connections/client-connections.js';
import { type AnswerTarget } from './answer-target.js';
import { KEEP_ALIVE } from './stream-keep-alive.js';

/** A complete response as a client received it. */
export interface Recording {
  readonly contentType: string;
  readonly body: Buffer;
}

/** Passes a response to its client, and records it up to a limit. */
export class RecordingTarget implements AnswerTarget {
  /** Undefined once the limit is exceeded. */
  #chunks: Buffer[] | undefined = [];
  #bytes = 0;
  #contentType: string | undefined;
  #hasEnded = false;

  constructor(
    private readonly target: AnswerTarget,
    private readonly maxBytes: number,
  ) {}

  /** Undefined for a response that is incomplete or too long. */
  get recording(): Recording | undefined {
    if (!this.#hasEnded || this.#chunks === undefined || this.#contentType === undefined) return undefined;
    return { contentType: this.#contentType, body: Buffer.concat(this.#chunks) };
  }

  writeHead(status: number, headers: Readonly<Record<string, string | number>>): unknown {
    if (status === 200) this.#contentType = String(headers['content-type']);
    return this.target.writeHead(status, headers);
  }

  flushHeaders(): void {
    this.target.flushHeaders();
  }

  write(chunk: Buffer | string): boolean {
    // A keep-alive comment belongs to this call only.
    if (chunk !== KEEP_ALIVE) this.#record(chunk);
    return this.target.write(chunk);
  }

  end(chunk?: Buffer | string): unknown {
    if (chunk !== undefined) this.#record(chunk);
    this.#hasEnded = true;
    return this.target.end(chunk);
  }

  cutOff(): void {
    this.#chunks = undefined;
    this.target.cutOff?.();
  }

  limitWriting(idleMs: number, untilMs: number, slot: HeldSlot): void {
    this.target.limitWriting?.(idleMs, untilMs, slot);
  }

  on(event: 'drain', listener: () => void): unknown {
    return this.target.on(event, listener);
  }

  #record(chunk: Buffer | string): void {
    if (this.#chunks === undefined) return;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    this.#bytes += bytes.length;
    if (this.#bytes > this.maxBytes) this.#chunks = undefined;
    else this.#chunks.push(bytes);
  }
}
